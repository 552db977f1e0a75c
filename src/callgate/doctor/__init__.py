"""`callgate doctor`: is the gate really in the way, and will it stay there?

`examine` runs every check and returns the findings; each check lives in a module of its own and yields `Finding`s.
"""
