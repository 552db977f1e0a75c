"""The process that an agent starts for each call."""
