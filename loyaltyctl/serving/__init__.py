"""WSGI server: applications over sockets. The only importer of Waitress."""
