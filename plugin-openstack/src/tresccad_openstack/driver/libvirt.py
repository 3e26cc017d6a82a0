"""Nova's libvirt driver that also saves and restores whole instances.

Few methods do more than the driver's own, and only for an instance that nova-api makes of a package
or that is frozen for one; all else is delegated as it comes, so newer arguments pass through.
"""

from pathlib import Path
from typing import Any, Dict, List

import nova.conf
import oslo_messaging as messaging
from nova import exception, objects
from nova.compute import vm_states
from nova.virt.libvirt import driver
from nova.virt.libvirt import utils as libvirt_utils
from oslo_log import log as logging

from tresccad_openstack import names
from tresccad_openstack.compute import patience, rpc
from tresccad_openstack.compute.handover import CannotAsk
from tresccad_openstack.driver import capabilities, link, ports, restore, settle
from tresccad_openstack.driver.evacuate import decide_before_boot
from tresccad_openstack.driver.restore import Arrival
from tresccad_openstack.driver.save import SaveServer
from tresccad_openstack.driver.saving import Undecided, refuse_undecided

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)


class Endpoint:
    """What nova-api may ask this compute node; see compute.rpc."""

    target = messaging.Target(namespace=rpc.NAMESPACE, version=rpc.VERSION)

    def __init__(self, save: SaveServer) -> None:
        self._save = save

    def save(self, context: Any, instance: Any, image_id: str) -> None:
        self._save.save(context, instance, image_id)

    def save_soon(self, context: Any, instance: Any, image_id: str, seconds: float) -> None:
        self._save.save(context, instance, image_id, seconds)


class TresccadLibvirtDriver(driver.LibvirtDriver):
    def __init__(self, virtapi: Any, read_only: bool = False) -> None:
        super().__init__(virtapi, read_only)
        self._arrivals: Dict[str, Arrival] = {}
        self._node_traits: List[str] = []
        manager = virtapi._compute
        self._saves = SaveServer(manager, self)
        manager.additional_endpoints.append(Endpoint(self._saves))

    def init_host(self, host: str) -> None:
        super().init_host(host)
        settle.settle_interrupted(self._host.get_connection())
        self._saves.recover()

    def update_provider_tree(self, provider_tree: Any, nodename: str, **kwargs: Any) -> None:
        super().update_provider_tree(provider_tree, nodename, **kwargs)
        if not self._node_traits:
            self._node_traits = capabilities.node_traits(
                self._host.get_connection(), CONF.libvirt.virt_type
            )
        provider_tree.add_traits(nodename, *self._node_traits)

    def reboot(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
        refuse_undecided(instance)
        return super().reboot(context, instance, *args, **kwargs)

    def unpause(self, instance: Any) -> None:
        refuse_undecided(instance)
        super().unpause(instance)

    def power_on(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
        refuse_undecided(instance)
        return super().power_on(context, instance, *args, **kwargs)

    def power_off(self, instance: Any, *args: Any, **kwargs: Any) -> Any:
        refuse_undecided(instance)
        return super().power_off(instance, *args, **kwargs)

    def suspend(self, context: Any, instance: Any) -> Any:
        refuse_undecided(instance)
        return super().suspend(context, instance)

    def rescue(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
        refuse_undecided(instance)
        return super().rescue(context, instance, *args, **kwargs)

    def resume_state_on_host_boot(
        self, context: Any, instance: Any, *args: Any, **kwargs: Any
    ) -> None:
        """Nova would make an ERROR of one that is refused; its save decides what becomes of it."""
        try:
            refuse_undecided(instance)
        except Undecided:
            LOG.info("It was being saved, and is not started", instance=instance)
            return
        super().resume_state_on_host_boot(context, instance, *args, **kwargs)

    def migrate_disk_and_power_off(
        self, context: Any, instance: Any, *args: Any, **kwargs: Any
    ) -> Any:
        refuse_undecided(instance)
        return super().migrate_disk_and_power_off(context, instance, *args, **kwargs)

    def check_can_live_migrate_source(
        self, context: Any, instance: Any, *args: Any, **kwargs: Any
    ) -> Any:
        refuse_undecided(instance)
        return super().check_can_live_migrate_source(context, instance, *args, **kwargs)

    def spawn(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        image_id = instance.system_metadata.get(names.RESTORE)
        # One that is rebuilt or unshelved starts from its image, also where its restore failed.
        if image_id is None or instance.vm_state != vm_states.BUILDING:
            if names.SAVING in instance.system_metadata:
                decide_before_boot(context, instance)
            super().spawn(context, instance, *args, **kwargs)
            return
        arrival = Arrival(context, instance)
        self._arrivals[instance.uuid] = arrival
        try:
            arrival.fetch(image_id)
            if not arrival.manifest.guest.was_running:
                # Nova would wait for it to run.
                kwargs["power_on"] = False
            super().spawn(context, instance, *args, **kwargs)
        except Exception as error:
            if not arrival.started:
                self._give_up(context, instance, arrival, kwargs)
                if isinstance(error, exception.UnexpectedDeletingTaskStateError):
                    # Nova leaves such a one to who deletes it.
                    raise
                # Another host would fail on the same package.
                raise exception.BuildAbortException(
                    instance_uuid=instance.uuid, reason=f"package {image_id}: {error}"
                ) from error
            LOG.exception("It runs, and something of Nova's is missing", instance=instance)
        finally:
            self._arrivals.pop(instance.uuid, None)
            arrival.remove()
        self._settle(context, instance, arrival, kwargs.get("network_info"))

    def _give_up(self, context: Any, instance: Any, arrival: Arrival, kwargs: Any) -> None:
        """Nothing is left of it here, and nobody waits for it; the package is as it was."""
        LOG.exception("Restoring failed", instance=instance)
        network, devices = kwargs.get("network_info"), kwargs.get("block_device_info")
        try:
            self.destroy(context, instance, network, devices)
        except Exception:
            # It is paused, and at the next start it is removed.
            LOG.exception("What a restore left cannot be removed", instance=instance)
            return
        ports.delete(context, instance, network)
        if arrival.ticket is not None:
            settle.tell(arrival.ticket, instance, context)

    def _settle(self, context: Any, instance: Any, arrival: Arrival, network: Any) -> None:
        """The guest runs; nothing that fails from here on changes that."""
        assert arrival.ticket is not None
        try:
            settle.recorded(instance, arrival.ticket)
            ports.give(instance)
            if arrival.ticket.was_running:
                domain = self._host.get_guest(instance)._domain
                link.renew(domain, arrival.manifest.hardware.nics, ports.addresses(network or ()))
        except Exception:
            LOG.exception("It runs, and something of Nova's is missing", instance=instance)
        settle.tell(arrival.ticket, instance, context)
        if not arrival.ticket.was_running:
            self._show_paused(instance)

    def _show_paused(self, instance: Any) -> None:
        """Nova makes every instance that was spawned ACTIVE, and then this one is PAUSED."""

        def show() -> None:
            try:
                found = objects.Instance.get_by_uuid(instance._context.elevated(), instance.uuid)
            except exception.InstanceNotFound:
                return
            if found.task_state is not None or found.vm_state != vm_states.ACTIVE:
                raise CannotAsk(f"it is {found.vm_state}, {found.task_state}")
            found.vm_state = vm_states.PAUSED
            found.save(expected_task_state=[None])

        patience.in_background("It is to be shown as paused", instance, show)

    def _create_image(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
        made = super()._create_image(context, instance, *args, **kwargs)
        arrival = self._arrivals.get(instance.uuid)
        if arrival is not None:
            arrival.put_disk(Path(libvirt_utils.get_instance_path(instance)) / "disk")
        return made

    def _create_guest(
        self,
        context: Any,
        xml: str,
        instance: Any,
        power_on: bool = True,
        pause: bool = False,
        post_xml_callback: Any = None,
        **kwargs: Any,
    ) -> Any:
        arrival = self._arrivals.get(instance.uuid)
        if arrival is not None:
            return restore.restore(arrival, self._host, xml, post_xml_callback, power_on, pause)
        refuse_undecided(instance)
        return super()._create_guest(
            context,
            xml,
            instance,
            power_on=power_on,
            pause=pause,
            post_xml_callback=post_xml_callback,
            **kwargs,
        )
