"""The parts of `tools/faults.py`: a world for one change, the faults, the walk over them, and what must hold after."""
