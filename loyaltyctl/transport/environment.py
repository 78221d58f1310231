"""Proxy and certificate variables of the environment.

httpx reads them itself. This module finds the variable that applies, so that errors and `doctor` can name it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from loyaltyctl.errors import UsageError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

_SOCKS_SCHEMES = ("socks5", "socks5h")
_PROXY_SCHEMES = ("http", "https", *_SOCKS_SCHEMES)


class Proxy(NamedTuple):
    """Proxy that an environment variable sets; `address` is without the name and password."""

    variable: str
    address: str
    has_login: bool


def proxy_for(origin: str, environ: Mapping[str, str]) -> Proxy | None:
    """Return the proxy that the environment sets for requests to `origin`; None if it sets none.

    Plain http never uses a proxy: its server is usually on this machine. Raises UsageError for an invalid
    proxy.
    """
    if origin.startswith("http://") or _is_in_no_proxy(origin, _proxy_variable("no_proxy", environ)[1]):
        return None
    for name in ("https_proxy", "all_proxy"):
        variable, text = _proxy_variable(name, environ)
        if text:
            return _parse_proxy(variable, text)
    return None


def proxy_login_required(proxy: Proxy | None) -> tuple[str, str]:
    """Return the reason of a proxy's 407, and a hint that names the environment variable to correct.

    The proxy requires a name and a password, or refused those in the variable.
    """
    if proxy is not None and proxy.has_login:
        why = "the proxy refused the name and password (407)"
        return why, f"Correct the name and the password in {proxy.variable}."
    variable = proxy.variable if proxy else "HTTPS_PROXY"
    hint = f"Put them into the address of the proxy: {variable}=http://NAME:PASSWORD@HOST:PORT"
    return "the proxy requires a name and a password (407)", hint


def check_certificates(environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Check the certificates that SSL_CERT_FILE or SSL_CERT_DIR of the environment names.

    Returns the name and the value of the variable; None if neither is set. Raises UsageError if the
    certificates cannot be used.
    """
    named = certificates_from(environ)
    if named is not None:
        tls_context(environ)
    return named


def certificates_from(environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the name and value of the environment variable that names the trusted certificates.

    It is SSL_CERT_FILE or else SSL_CERT_DIR. Returns None if neither is set.
    """
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if path := environ.get(variable):
            return variable, path
    return None


def tls_context(environ: Mapping[str, str]) -> ssl.SSLContext:
    """Return a TLS context that trusts the certificates that an environment variable names.

    Without such a variable, it trusts those that httpx trusts by default. Raises UsageError if the file or
    folder of a variable cannot be used.
    """
    import ssl

    import httpx

    variable, path = certificates_from(environ) or ("", "")
    if variable == "SSL_CERT_DIR" and not Path(path).is_dir():
        raise _invalid_variable_error(variable, path, "there is no such folder")
    try:
        if variable == "SSL_CERT_FILE":
            return ssl.create_default_context(cafile=path)
        if variable == "SSL_CERT_DIR":
            return ssl.create_default_context(capath=path)
        return httpx.create_ssl_context(trust_env=False)
    except ssl.SSLError:
        raise _invalid_variable_error(variable, path, "it has no certificate in PEM") from None
    except OSError as error:
        why = error.strerror or "it cannot be read"
        # Python's error names the key log file, but not the certificate file.
        if error.filename:
            raise _invalid_variable_error("SSLKEYLOGFILE", str(error.filename), why) from None
        raise _invalid_variable_error(variable, path, why) from None


def _invalid_variable_error(variable: str, path: str, why: str) -> UsageError:
    """Return the error for an environment variable whose file or folder cannot be used."""
    return UsageError(f"{variable} names {path}: {why}", hint=f"Correct it, or: unset {variable}")


def _proxy_variable(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the name and value of a proxy variable of the environment.

    The lower-case name has precedence over the upper-case name, as in curl.
    """
    variable = name if name in environ else name.upper()
    return variable, environ.get(variable, "").strip()


def _is_in_no_proxy(origin: str, listed: str) -> bool:
    """Return whether the environment variable NO_PROXY lists an origin, by the rules of httpx.

    `a.example` stands for this host and its subdomains, `.a.example` for the subdomains only, and
    `https://a.example` for this host only. An entry with a port is for this port only.
    """
    parts = urlsplit(origin)
    entries = filter(None, map(str.strip, listed.lower().split(",")))
    return any(
        entry in {"*", host, f"{parts.scheme}://{host}"} or host.endswith(f".{entry.lstrip('.')}")
        for entry in entries
        for host in (parts.hostname or "", parts.netloc)
    )


def _parse_proxy(variable: str, text: str) -> Proxy:
    """Parse the value of a proxy variable of the environment.

    Raises UsageError if the value is not the address of a supported proxy.
    """
    invalid = UsageError(  # without the value, which may have a password
        f"{variable} is not the address of a supported proxy",
        hint=f"Such as {variable}=http://proxy.example:3128. To use no proxy: unset {variable}",
    )
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port
    except ValueError:
        raise invalid from None
    if (
        parts.scheme not in _PROXY_SCHEMES
        or not parts.hostname
        or (parts.scheme in _SOCKS_SCHEMES and not _has_socks())
    ):
        raise invalid
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    address = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
    return Proxy(variable, address, has_login="@" in parts.netloc)


def _has_socks() -> bool:
    """Return whether SOCKS proxies in a proxy variable are supported: httpx needs the package socksio."""
    from importlib.util import find_spec

    return find_spec("socksio") is not None
