"""Configuration: profiles, settings and credentials, and the precedence of their sources.

    option  >  named profile  >  environment  >  default profile  >  default

    config.toml        settings and profiles, no secrets; comments are kept
    credentials.toml   keys and tokens, each for one server; folder 0700, file 0600

Configuration is never read from the current folder: a cloned repository must not redirect calls.
"""
