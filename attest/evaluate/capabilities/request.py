"""A policy's HTTP request, read strictly: policy code is hostile, and so is what it asks for."""

from __future__ import annotations

import base64
import re
from typing import Any

from attest.errors import EngineError
from attest.model import strict_json
from attest.model.capability import HttpRequest

_URL = re.compile(
    r"(https?)://([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
    r"(?::([0-9]{1,5}))?(/[!-~]*)?(\?[!-~]*)?"
)
_METHOD = re.compile(r"[A-Z]{1,20}")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
"""A field name (RFC 9110 §5.1)."""
_VALUE = re.compile(r"[ -~]{0,4096}")
PORTS = {"https": 443, "http": 80}
_MAX_URL = 8_192
_MAX_PORT = 65_535
_MAX_HEADERS = 32
_KEYS = frozenset({"method", "url", "headers", "body"})
_OURS = frozenset(
    {
        *("accept-encoding", "connection", "content-length", "expect", "host", "keep-alive"),
        *("te", "trailer", "transfer-encoding", "upgrade", "user-agent"),
    }
)
"""Fields that the client decides on; a policy's own are left out."""
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})


def read(content: bytes) -> HttpRequest:
    """Read ``{"method", "url", "headers": {name: value}, "body": base64}``; a fragment is left out.

    Raises ``EngineError`` HOST_CALL_INVALID, or HTTP_FORBIDDEN for credentials.
    """
    try:
        said = strict_json.parse(content)
    except ValueError as error:
        raise _invalid(str(error)) from None
    if not isinstance(said, dict) or not said.keys() <= _KEYS:
        raise _invalid("expected an object of method, url, headers and body")
    said = {"method": "GET", "headers": {}, "body": ""} | {
        name: value for name, value in said.items() if value is not None
    }
    scheme, host, port, target = _url(said.get("url"))
    method = said["method"]
    if not isinstance(method, str) or not _METHOD.fullmatch(method.upper()):
        raise _invalid(f"no method: {method!r:.50}")
    headers, body = _headers(said["headers"]), _body(said["body"])
    return HttpRequest(method.upper(), scheme, host, port, target, headers, body)


def _url(text: Any) -> tuple[str, str, int, str]:
    if not isinstance(text, str) or len(text) > _MAX_URL:
        raise _invalid("the URL is no text, or too long")
    found = _URL.fullmatch(text.partition("#")[0])
    if found is None:
        raise _invalid(f"not a URL of a host, without user and password: {text!r:.200}")
    scheme, host, written, path, query = found.groups()
    port = int(written) if written else PORTS[scheme]
    if not 0 < port <= _MAX_PORT:
        raise _invalid(f"{port} is no port")
    return scheme, host.lower(), port, (path or "/") + (query or "")


def _headers(given: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(given, dict) or len(given) > _MAX_HEADERS:
        raise _invalid(f"headers must be an object of at most {_MAX_HEADERS} fields")
    found = {}
    for name, value in given.items():
        if not _NAME.fullmatch(name) or not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise _invalid(f"no header field: {name!r:.100}")
        if name.lower() in _CREDENTIALS:
            why = f"it wanted to send the header {name!r}; no policy sends credentials"
            raise EngineError("HTTP_FORBIDDEN", why)
        if name.lower() not in _OURS:
            found[name.lower()] = value
    return tuple(sorted(found.items()))


def _body(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        raise _invalid("the body is not base64") from None


def _invalid(why: str) -> EngineError:
    return EngineError("HOST_CALL_INVALID", f"http: {why}")
