"""The report of `analyze`: one file for each part, each a function of the same subject that returns JSON values."""
