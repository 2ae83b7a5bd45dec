"""The command line: one file a noun; what is heavy is imported inside the commands."""
