"""compute_driver = tresccad_ext.driver.TresccadLibvirtDriver"""

from tresccad_openstack.driver.libvirt import TresccadLibvirtDriver

__all__ = ["TresccadLibvirtDriver"]
