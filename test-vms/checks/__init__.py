"""Checks of the test guests, run by test-vms/check in a network namespace of their own."""
