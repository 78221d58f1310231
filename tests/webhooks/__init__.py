"""Tests of the endpoint for webhooks: the file that it keeps, and what it answers."""
