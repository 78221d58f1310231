"""HTTP transport: one request out, one response in, without retries.

HttpTransport ─► httpx ─► a socket          (http_transport.py)
WsgiTransport ─► a WSGI application in this process, the sandbox's (wsgi_transport.py)

interface.py           requests, responses, and the errors of both transports
deadline.py            clocks, deadlines, blocking calls with a hard timeout
environment.py         proxy and certificate variables
connection_errors.py   reasons why a server could not be reached, for messages
redirects.py           targets of redirects, without parts that may be secret
"""

from __future__ import annotations

import sys
from typing import cast

# Where click is installed, httpx imports its own command line, and with it Rich and Pygments: 45 ms for a
# module that is never called. None makes this import fail, which httpx ignores.
cast("dict[str, object]", sys.modules).setdefault("httpx._main", None)
