"""What a person has set up: profiles, settings and credentials, and which source of each one wins.

    flag  >  environment  >  profile  >  default

    config.toml        settings and profiles; no secret; comments are kept
    credentials.toml   keys and tokens, bound to their origin; folder 0700, file 0600

Files of other folders, the current one among them, are never read.
"""
