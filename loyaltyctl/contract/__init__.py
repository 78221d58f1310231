"""JSON that this program defines: the outputs of `--json`, the inputs of commands, and their JSON Schemas."""
