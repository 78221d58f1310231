"""The commands: one module per command, in a package per group."""
