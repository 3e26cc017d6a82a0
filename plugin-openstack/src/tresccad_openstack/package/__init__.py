"""Packages of format version 1, read and written as streams; the format is docs/package-format.md.

Reading believes nothing that arrives; every refusal is a PackageInvalid with entry and reason.
Nothing here knows OpenStack. It uses real threads, so inside a service that runs on green threads
it belongs in a process of its own: see tresccad_openstack.package.__main__.
"""
