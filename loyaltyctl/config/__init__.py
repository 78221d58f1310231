"""Configuration: profiles, settings and credentials, and the precedence of their sources.

    option  >  named profile  >  environment  >  default profile  >  top of config.toml  >  default

    config.toml        settings and profiles, no secrets; comments are kept
    credentials.toml   API keys, app secrets and tokens, each bound to one server; folder 0700, file 0600

No configuration is read from the current folder: a cloned repository must not redirect API calls.
"""

SANDBOX = "sandbox"
"""Name of the built-in profile. It is defined here, since completion imports nothing else at every TAB."""
