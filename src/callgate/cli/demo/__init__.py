"""What `callgate demo` plays: a recorded trace of a real agent (`trace.jsonl`) and the scratch world it happened in."""
