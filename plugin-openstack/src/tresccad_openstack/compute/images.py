"""An image's data as a stream.

Nova's own image API gives a stream too, but has closed it by then (nova.image.glance,
_verify_and_write of Zed); so this asks the client below it, with the same credentials and retries.
"""

from contextlib import contextmanager
from typing import Any, Iterable, Iterator

from nova import exception
from nova.image import glance


@contextmanager
def data(context: Any, image_id: str) -> Iterator[Iterable[bytes]]:
    """Pieces of the image's data, front to back, with the rights of the context. Raises Nova's
    exceptions for images."""
    try:
        found = glance.GlanceClientWrapper().call(context, 2, "data", args=(image_id,))
    except Exception:
        glance._reraise_translated_image_exception(image_id)
        raise
    if found is None or getattr(found, "wrapped", found) is None:
        raise exception.ImageUnacceptable(image_id=image_id, reason="it has no data")
    try:
        yield found
    finally:
        close = getattr(getattr(found, "iterable", None), "close", None)
        if close is not None:
            close()
