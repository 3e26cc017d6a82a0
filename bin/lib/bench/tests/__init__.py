"""Tests of the bench itself: python3 -m unittest discover -s bin/lib/bench/tests -t bin/lib."""
