"""Nova's libvirt driver that also saves and restores whole instances.

Only three methods do more than the driver's own, and only for an instance whose metadata name a
package; everything else is delegated as it comes, so newer arguments pass through.
"""

from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict

import libvirt
import oslo_messaging as messaging
from nova import exception
from nova.virt.libvirt import driver
from nova.virt.libvirt import guest as libvirt_guest
from nova.virt.libvirt import utils as libvirt_utils
from oslo_log import log as logging

from tresccad_openstack import names
from tresccad_openstack.compute import rpc
from tresccad_openstack.driver import ports
from tresccad_openstack.driver.restore import Arrival, discard_interrupted
from tresccad_openstack.driver.save import SaveServer
from tresccad_openstack.metadata import record

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
        manager = virtapi._compute
        self._saves = SaveServer(manager, self)
        manager.additional_endpoints.append(Endpoint(self._saves))

    def init_host(self, host: str) -> None:
        super().init_host(host)
        discard_interrupted(self._host.get_connection())
        self._saves.recover()

    def update_provider_tree(self, provider_tree: Any, nodename: str, **kwargs: Any) -> None:
        super().update_provider_tree(provider_tree, nodename, **kwargs)
        provider_tree.add_traits(nodename, names.TRAIT)

    def spawn(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        image_id = instance.metadata.get(names.RESTORE)
        if image_id is None:
            super().spawn(context, instance, *args, **kwargs)
            return
        arrival = Arrival(instance.uuid)
        self._arrivals[instance.uuid] = arrival
        try:
            manifest = arrival.fetch(context, image_id)
            super().spawn(context, instance, *args, **kwargs)
            ports.give(instance)
            # Rebuilt or moved later, it starts as any other.
            del instance.metadata[names.RESTORE]
            instance.system_metadata[names.LINEAGE] = manifest.identity.lineage
            instance.system_metadata[names.EPOCH] = str(manifest.identity.epoch)
            # What its guest is told of how it came.
            now = datetime.now(timezone.utc)
            instance.system_metadata.update(record.arrived(manifest, image_id, now))
            instance.save()
        except Exception as error:
            LOG.exception("Restoring failed", instance=instance)
            ports.delete(context, instance, kwargs.get("network_info"))
            # Another host would fail on the same package.
            raise exception.BuildAbortException(
                instance_uuid=instance.uuid, reason=f"package {image_id}: {error}"
            ) from error
        finally:
            self._arrivals.pop(instance.uuid, None)
            arrival.remove()

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
        if arrival is None:
            return super()._create_guest(
                context,
                xml,
                instance,
                power_on=power_on,
                pause=pause,
                post_xml_callback=post_xml_callback,
                **kwargs,
            )
        memory, merged = arrival.memory(xml)
        guest = libvirt_guest.Guest.create(merged, self._host)
        if post_xml_callback is not None:
            post_xml_callback()
        # Nova resumes it when Neutron has plugged its ports.
        state = libvirt.VIR_DOMAIN_SAVE_PAUSED if pause else libvirt.VIR_DOMAIN_SAVE_RUNNING
        self._host.get_connection().restoreFlags(str(memory), None, state)
        return guest
