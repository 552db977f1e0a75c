"""The parts of the fuzzer: inputs of every kind, what is checked on them, and how a fault is made small."""
