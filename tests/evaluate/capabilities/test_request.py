"""Requests of policies: read in one way, or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import EngineError
from attest.evaluate.capabilities.request import read
from attest.fetch.urls import Url
from attest.model.capability import HttpRequest


def request(**fields: Any) -> bytes:
    return json.dumps({"method": "GET", "url": "https://a.example/", **fields}).encode()


def code(content: bytes) -> str:
    with pytest.raises(EngineError) as refused:
        read(content)
    return refused.value.code


def test_a_request_in_full() -> None:
    said = request(
        method="post",
        url="https://A.Example:8443/p?q=1#part",
        headers={"X-B": "2", "x-a": "1", "Host": "other", "Accept-Encoding": "gzip"},
        body="aGVsbG8=",
    )
    assert read(said) == HttpRequest(
        "POST",
        "https",
        "a.example",
        8443,
        "/p?q=1",
        (("x-a", "1"), ("x-b", "2")),
        b"hello",
    )


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://a", ("https", "a", 443, "/")),
        ("https://a?q", ("https", "a", 443, "/?q")),
        ("http://127.0.0.1:80/x", ("http", "127.0.0.1", 80, "/x")),
        ("https://[::1]:1/", ("https", "[::1]", 1, "/")),
        ("https://a:443/#x", ("https", "a", 443, "/")),
    ],
)
def test_urls(url: str, place: tuple[str, str, int, str]) -> None:
    found = read(request(url=url))
    assert (found.scheme, found.host, found.port, found.target) == place


@pytest.mark.parametrize(
    "url",
    [
        *("", "a.example", "//a.example/", "ftp://a/", "file:///etc/passwd", "HTTPS://a/", 7, None),
        *("https://u:p@a/", "https://a@b/", "https://a:0/", "https://a:99999/", "https://a:x/"),
        *("https://a /", "https://a/\r\nHost: b", "https://a/ b", "https://a\\@b/", "https:///x"),
        *("https://a%2eb/", "https://\u0430.example/", "https://a/\u00e9", "https://-a/"),
        "https://a/" + "x" * 9_000,
    ],
)
def test_what_is_no_url(url: Any) -> None:
    assert code(request(url=url)) == "HOST_CALL_INVALID"


@pytest.mark.parametrize(
    "fields",
    [
        *({"method": "GET /"}, {"method": "G\r\nT"}, {"method": 1}, {"method": "X" * 30}),
        *({"headers": []}, {"headers": {"a b": "c"}}, {"headers": {"a": "b\r\nc: d"}}),
        *({"headers": {"a": 1}}, {"headers": {"a": "\u00e9"}}, {"headers": {"": "x"}}),
        {"headers": {f"h{n}": "x" for n in range(40)}},
        *({"method": []}, {"method": ""}, {"body": []}),
        *({"body": "not base64"}, {"body": 1}, {"timeout": 1}),
    ],
)
def test_what_is_no_request(fields: dict[str, Any]) -> None:
    assert code(request(**fields)) == "HOST_CALL_INVALID"


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b'{"url": "https://a/", "url": 1}'])
def test_what_is_no_object(content: bytes) -> None:
    assert code(content) == "HOST_CALL_INVALID"


@pytest.mark.parametrize("name", ["Authorization", "cookie", "Proxy-Authorization"])
def test_no_policy_sends_credentials(name: str) -> None:
    assert code(request(headers={name: "x"})) == "HTTP_FORBIDDEN"


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.from_regex(r"https?://[!-~]{0,30}", fullmatch=True)))
def test_what_is_granted_by_is_what_is_asked(url: str) -> None:
    """The client must never find another host in a URL than the one that the grant was for."""
    try:
        found = read(request(url=url))
    except EngineError as error:
        assert error.code == "HOST_CALL_INVALID"  # noqa: PT017  # either is fine
        return
    try:
        sent = Url.parse(found.url)
    except ValueError:
        return
    assert (sent.host, sent.port, sent.target) == (found.host, found.port, found.target)
