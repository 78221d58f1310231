"""This program's own JSON: the outputs of `--json`, the inputs of commands, and their JSON Schemas."""
