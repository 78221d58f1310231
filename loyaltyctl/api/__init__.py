"""Client of the Earning Rules API.

    Client.rules ─► Session.perform ─► Exchange.send ─► transport ─► the API | the sandbox
      eight methods   attempts, deadline,  one attempt:
      (methods.py)    reconciliation       time and size limits, strict JSON

One table decides what follows a failed attempt (retry_policy.py). A response of the API becomes a value of
`model`, or an error of `errors` with its HTTP status. Only `Client.send` returns JSON unchanged.
"""
