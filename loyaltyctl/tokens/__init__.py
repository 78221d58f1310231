"""Event tokens (JWT, RS256): parse, verify and sign. The only package that imports cryptography.

    text ─► parser ─► Parts ─► signature ─► payload ─► claims         (verification.py)
            size, form,        keys.py      intake     times, issuer,
            header                                     audience

extraction.py finds a token inside other text or JSON. wrappers.py gets text out of a JSON object that
encodes it, such as {"0":"e","1":"y"} for "ey".

A token never decides how it is verified: the key comes from the caller, the algorithm is
RS256, and a header with anything beyond alg, typ and kid is rejected.
"""
