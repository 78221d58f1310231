"""A WSGI application over a socket. The only room that speaks Waitress."""
