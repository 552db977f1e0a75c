"""Rules that a careful engineer would sign, from the calls that no rule decided; each one proven by the engine."""
