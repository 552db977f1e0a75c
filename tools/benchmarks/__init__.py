"""The parts of `tools/bench.py`: one module per table, and what they share."""
