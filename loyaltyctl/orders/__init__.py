"""Order sources: files of orders as one table."""
