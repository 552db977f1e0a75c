"""Logged calls, each distinct one once; and what is common to many of them, as the narrowest pattern."""
