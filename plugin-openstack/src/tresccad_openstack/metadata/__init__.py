"""What Nova's metadata service gets: the guest API, by which a guest learns where it is and asks to
be moved. docs/api-guest.md, "In an OpenStack"."""
