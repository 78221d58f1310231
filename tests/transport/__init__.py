"""Tests of the transport: deadlines, redirects, and requests to a WSGI application."""
