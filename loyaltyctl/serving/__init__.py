"""HTTP server: serves a WSGI application over sockets. The only importer of waitress."""
