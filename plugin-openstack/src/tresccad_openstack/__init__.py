"""The part of tresccad that lives inside an OpenStack."""

__version__ = "1.0.0.dev0"
