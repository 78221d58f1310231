"""Event tokens (JWT, RS256): parse, verify and sign. The only package that imports cryptography.

    text ─► parser ─► Parts ─► signature ─► payload ─► claims         (verification.py)
            size, form,        keys.py      intake     times, issuer,
            header                                     audience

extraction.py finds a token in other text; wrappers.py unwraps the objects that stand for such text.

A token never decides how it is verified: the key comes from the caller, the algorithm is
RS256, and a header with anything beyond alg, typ and kid is rejected.
"""
