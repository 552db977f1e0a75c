"""`apply`: the only writer of policy files (contract.md section 5); one file per operation in `operations/`."""
