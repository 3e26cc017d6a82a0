"""Where Nova looks for drivers; the driver itself is in tresccad_openstack.driver."""
