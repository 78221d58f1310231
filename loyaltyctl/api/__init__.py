"""The Earning Rules API over HTTP: typed in, typed out, and never in doubt about what happened.

    Client.rules ─► Session.perform ─► Exchange.send ─► httpx ─► the API | the sandbox
      eight methods   tries, deadline,   one try: a        (a socket, or the same
                      reconciliation     time limit, a      bytes in process)
                                         size limit,
                                         strict JSON

What happens after a try that failed stands in one table (policy.py). An answer of the API
becomes an error of `errors`, which keeps its HTTP status, or a value of `model`;
`Client.send` alone hands on the JSON as it came.

    deliveries ─► httpx ─► the user's own endpoint, whose status is told as it is
"""
