"""What the commands read, as JSON Schemas: for editors, and for programs that write it."""
