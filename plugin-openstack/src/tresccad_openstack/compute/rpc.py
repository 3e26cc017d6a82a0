"""From nova-api to the compute node that has the instance: an endpoint more on nova-compute's own
topic, in a namespace of its own. No second agent."""

from typing import Any

import oslo_messaging as messaging
from nova import rpc
from nova.compute.rpcapi import RPC_TOPIC
from nova.objects import base as objects_base

NAMESPACE = "tresccad"
VERSION = "1.0"


class ComputeAPI:
    """The caller's side."""

    def __init__(self) -> None:
        target = messaging.Target(topic=RPC_TOPIC, namespace=NAMESPACE, version=VERSION)
        serializer = objects_base.NovaObjectSerializer()
        self._router = rpc.ClientRouter(rpc.get_client(target, VERSION, serializer))

    def save(self, context: Any, instance: Any, image_id: str) -> None:
        """Asks and does not wait."""
        client = self._router.client(context).prepare(server=instance.host)
        client.cast(context, "save", instance=instance, image_id=image_id)

    def save_soon(self, context: Any, instance: Any, image_id: str, seconds: float) -> None:
        """As save, but so many seconds later: its guest is still to read an answer."""
        client = self._router.client(context).prepare(server=instance.host)
        client.cast(context, "save_soon", instance=instance, image_id=image_id, seconds=seconds)
