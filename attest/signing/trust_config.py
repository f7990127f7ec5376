"""The Sigstore instance to sign with: a ClientTrustConfig (sigstore_trustroot.proto)."""

from __future__ import annotations

import urllib.parse

from attest.errors import UsageError
from attest.model import strict_json

MAX_BYTES = 4 * 1024 * 1024

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def require_safe(content: bytes) -> None:
    """Raise TRUST_CONFIG_MALFORMED unless the identity token would travel encrypted.

    The certificate authority is given the token, and whoever reads it can sign in its name. Plain
    HTTP is accepted on loopback alone.
    """
    if len(content) > MAX_BYTES:
        raise malformed(f"it has {len(content)} bytes; {MAX_BYTES} are allowed")
    try:
        services = strict_json.parse(content)["signingConfig"]["caUrls"]
        urls = [urllib.parse.urlsplit(service["url"]) for service in services]
        unsafe = [url for url in urls if not _encrypted(url)]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise malformed(f"no certificate authority can be read from it: {error}") from None
    if unsafe:
        raise malformed(f"{unsafe[0].geturl()} would be given the identity token in the clear")


def malformed(why: str) -> UsageError:
    """Return the refusal of a trust configuration."""
    return UsageError("TRUST_CONFIG_MALFORMED", f"the trust configuration is not usable: {why}")


def _encrypted(url: urllib.parse.SplitResult) -> bool:
    return url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOOPBACK)
