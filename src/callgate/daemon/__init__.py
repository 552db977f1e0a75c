"""The warm gate: one process per user that answers hooks over a Unix socket."""
