"""The smallest service: the chassis tables and one of its own, for the chassis's tests."""
