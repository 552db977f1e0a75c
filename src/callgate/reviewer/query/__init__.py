"""`query`: one file per query type, each a table of its fields and a function that answers (contract.md section 4)."""
