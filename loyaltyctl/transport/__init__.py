"""HTTP transport: one request out, one response in, without retries.

HttpTransport ─► httpx ─► a socket                                 (http_transport.py)
WsgiTransport ─► the sandbox, a WSGI application in this process   (wsgi_transport.py)

interface.py           requests, responses, and the errors of both transports
deadline.py            clocks, deadlines, blocking calls with a hard timeout
environment.py         proxy and certificate variables
connection_errors.py   reasons why a server could not be reached, for messages
redirects.py           targets of redirects, without parts that may be secret
"""

from __future__ import annotations

import sys
from typing import cast

# If click is installed, httpx imports its own command line, and with it Rich and Pygments. This takes 45 ms,
# and nothing here uses it. None makes the import fail, and httpx ignores that.
cast("dict[str, object]", sys.modules).setdefault("httpx._main", None)
