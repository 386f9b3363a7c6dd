"""Environments of the Python world, spoken to in binary messages. See docs/python-env.md."""
