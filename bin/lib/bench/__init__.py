"""What bin/bench runs: measures moves of guests between two hosts on this machine."""
