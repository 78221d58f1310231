"""The per-run machinery of commands: context, settings and connection, messages and output, exit codes."""
