"""Sandbox: a local implementation of the Earning Rules API on SQLite, and of Search Orders.

A WSGI application. The profile `sandbox` and the tests call it in process; `sandbox serve` serves it over a
socket. It reads and writes raw JSON and never imports the API client, so that each checks the other.

    host_check ─► faults ─► app (routes, authorization) ─► operations ─► store (SQLite)
                                           │                               └─ seeds
                                           └─► order_search ─► order_filters, order_seeds

The sandbox behaves as the vendor's pages, SDK types and live responses document. What they leave open is our
own choice, and the error message then contains the word "sandbox":

    request                                           response
    an automated rule by Get or Delete                404 NOT_FOUND
    a non-automated rule by Delete Automation         404 NOT_FOUND
    Delete of a pre-installed rule                    428 PRE_INSTALLED_RULE
    a trigger, an award or an app that is not         400, rule TRIGGER_NOT_SUPPORTED, METHOD_NOT_SUPPORTED,
      supported                                       TRIGGER_APP, SOURCE_APP
    another trigger or app for an automated rule      400, rule AUTOMATED
    both awards, or none, or one tier twice           400, rule ONE_OF, DUPLICATE_TIER
    an id in the body that differs from the path's    400, rule ID_MISMATCH
    a bulk create of no rules, of over 100, no list   400
    an unknown type of custom rules                   400
    a search of orders with an unknown member, or     400 INVALID_ARGUMENT
      with a filter beside a cursor, or too long for one
    a body that is not JSON                           400 INVALID_ARGUMENT
    a body that is too large                          413 PAYLOAD_TOO_LARGE
    a database that is full, damaged, in use          507 DATABASE_FULL, DATABASE_DAMAGED, 503 UNAVAILABLE
    no key / no site header (with --api-key)          401 UNAUTHENTICATED, 403 PERMISSION_DENIED
    a foreign Host or Origin (over a socket)          403 HOST_NOT_ALLOWED, ORIGIN_NOT_ALLOWED

Every site has the same orders, those of the year 2025; no request changes them.

Several rules for one trigger are allowed. Update and Delete require the current revision of a rule, if it has
one; Delete Automation takes no revision. Read-only fields in a request are ignored.
"""
