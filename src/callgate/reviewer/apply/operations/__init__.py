"""The operations: each takes the text of a policy file and returns it changed. None of them touches the disk."""
