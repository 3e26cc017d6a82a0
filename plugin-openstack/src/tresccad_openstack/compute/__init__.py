"""What goes between nova-api and a compute node, and between a compute node and Glance."""
