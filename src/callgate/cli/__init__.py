"""The command line: one file per subcommand; the parser file does no work."""
