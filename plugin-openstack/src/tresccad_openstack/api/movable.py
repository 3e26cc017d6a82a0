"""Whether a server is one that can be saved, by what Nova's API knows of it."""

from typing import Any, Optional

_IMAGE = "image_"


def refusal(instance: Any, has_volumes: bool, has_pci_devices: bool) -> Optional[str]:
    """Why it is none, if it is none."""
    flavor = instance.flavor
    if has_volumes:
        return "it has volumes, which cannot move yet"
    if not instance.image_ref:
        return "it was not booted from an image"
    if flavor.ephemeral_gb or flavor.swap:
        return "it has an ephemeral or swap disk, which cannot move yet"
    if instance.config_drive:
        return "it has a config drive, which cannot move yet"
    if has_pci_devices:
        return "it has PCI devices, which cannot move"
    if _of_image(instance, "hw_firmware_type") == "uefi":
        return "it has UEFI variables, which cannot move yet"
    if _of_image(instance, "hw_tpm_version") or flavor.extra_specs.get("hw:tpm_version"):
        return "it has a vTPM, which cannot move yet"
    return None


def _of_image(instance: Any, name: str) -> Optional[str]:
    """A property of the image that it was booted from, as Nova keeps them."""
    found: Optional[str] = instance.system_metadata.get(_IMAGE + name)
    return found
