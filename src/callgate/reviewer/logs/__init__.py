"""Logs of any size: which files there are, where in them a window of time lies, and their decisions as a relation."""
