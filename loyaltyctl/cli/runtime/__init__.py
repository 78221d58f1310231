"""Shared infrastructure of commands: context, connection, messages, prompts, output, exit codes."""
