"""Tests of policies: cases in files beside a policy, judged by the gate in a file system of their own.

`load` reads a test file, `fixtures` makes its file system, `collect` finds what is to be tested, `run` judges,
`coverage` counts which rules decided, `report`, `junit` and `objects` tell.
"""
