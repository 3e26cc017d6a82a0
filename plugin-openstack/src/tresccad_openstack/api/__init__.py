"""What nova-api gets: routes, policies, and the work done before a compute node is asked."""
