"""The Earning Rules API over HTTP: typed in, typed out, and never in doubt about what happened.

    Client.rules ─► Session.perform ─► Exchange.send ─► httpx ─► the API | the sandbox
      eight methods   tries, deadline,   one try: a        (a socket, or the same
                      reconciliation     time limit, a      bytes in process)
                                         size limit,
                                         strict JSON

What happens after a try that failed stands in one table (policy.py). No HTTP status
leaves this room: it becomes an error of `errors`, or a value of `model`.
"""
