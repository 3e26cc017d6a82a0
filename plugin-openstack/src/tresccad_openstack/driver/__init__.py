"""What nova-compute gets: a driver that restores, and an endpoint that saves."""
