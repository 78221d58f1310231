"""Signed events: tokens opened, checked and made. The only room that speaks RSA.

    text ─► gate ─► Sealed ─► signature ─► payload ─► claims          (checks.py)
            size, form,        keys.py     intake      times, issuer,
            header                                     audience

Nothing in a token says how it is to be checked: the key is given, the algorithm is RS256,
and whatever else a header has in it is a reason to refuse.
"""
