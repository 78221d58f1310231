"""Local Earning Rules API on SQLite.

A WSGI application, used in process by the profile `sandbox` and by the tests, and over a socket by
`sandbox serve`. It reads and writes raw JSON, and never imports the client, so that each checks the other.

    host_check ─► faults ─► app (routes, authorization) ─► operations ─► store (SQLite)
                                                                           └─ seeds

It does what the vendor's pages, SDK types and live responses document. Where these are silent, the behavior
is ours; the message of each such response has the word "sandbox":

    request                                           response
    an automated rule by Get or Delete                404 NOT_FOUND
    a non-automated rule by Delete Automation         404 NOT_FOUND
    Delete of a pre-installed rule                    428 PRE_INSTALLED_RULE
    a trigger, an award or an app that is not         400, rule TRIGGER_NOT_SUPPORTED, METHOD_NOT_SUPPORTED,
      supported                                       TRIGGER_APP, SOURCE_APP
    another trigger or app for an automated rule      400, rule AUTOMATED
    both awards, or none, or one tier twice           400, rule ONE_OF, DUPLICATE_TIER
    an id in the body that differs from the path's    400, rule ID_MISMATCH
    no rule, no list, or over 100 of them in a bulk   400
    an unknown type of custom rules                   400
    a body that is not JSON                           400 INVALID_ARGUMENT
    a body that is too large                          413 PAYLOAD_TOO_LARGE
    a database that is full, damaged, in use          507 DATABASE_FULL, DATABASE_DAMAGED, 503 UNAVAILABLE
    no key / no site header (with --api-key)          401 UNAUTHENTICATED, 403 PERMISSION_DENIED
    another Host or Origin (over a socket)            403 HOST_NOT_ALLOWED, ORIGIN_NOT_ALLOWED

Several rules for one trigger are allowed. Updates and deletes need the revision of every rule that has one.
Fields that are not writable are ignored.
"""
