"""A real OpenStack from Debian's packages, in namespaces of one machine, for tests."""
