"""Where requests may go."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import FetchError
from attest.fetch.urls import Url, reach
from tests.fetch.helpers import assert_code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.test/a?b=c", "https://example.test:443/a?b=c"),
        ("https://example.test", "https://example.test:443/"),
        ("http://127.0.0.1:5000/v2/", "http://127.0.0.1:5000/v2/"),
        ("http://[::1]:5000/", "http://[::1]:5000/"),
        ("http://localhost/", "http://localhost:80/"),
    ],
)
def test_good_urls(text: str, expected: str) -> None:
    assert str(Url.parse(text)) == expected
    assert Url.parse(expected) == Url.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://example.test/",
        "http://127.0.0.1.example.test/",
        "http://localhost@example.test/",
        "https://user:pass@example.test/",
        "ftp://example.test/",
        "file:///etc/passwd",
        "//example.test/",
        "https:///path",
        "https://[::1/",
        "https://example.test:99999/",
        "https://example.test:0/",
        "https://example.test/a b",
        "https://example.test/\u00e9",
        "https://ex\u00e4mple.test/",
        "https://example.test/?a b",
        "https://example.test/" + "a" * 9000,
        "",
    ],
)
def test_bad_urls(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # each has a reason of its own
        Url.parse(text)


@settings(derandomize=True, max_examples=200)
@given(st.text(max_size=40), st.sampled_from(["", "https://", "http://", "https://a:", "//"]))
def test_any_text_is_a_url_or_refused(text: str, prefix: str) -> None:
    base = Url.parse("https://example.test/v2/")
    for make in (Url.parse, base.join, lambda path: Url.of_host("example.test", path)):
        try:
            url = make(prefix + text)
        except ValueError:
            continue
        assert url.scheme == "https" or url.host in {"localhost", "127.0.0.1", "[::1]"}
        assert not set(str(url)) & set(" \r\n\t@") or "@" in url.target


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", 0),
        ("::1", 0),
        ("::ffff:127.0.0.1", 0),
        ("10.1.2.3", 1),
        ("192.168.0.1", 1),
        ("fd00::1", 1),
        ("100.64.0.1", 1),
        ("93.184.215.14", 2),
        ("2606:4700::1111", 2),
    ],
)
def test_how_far_an_address_reaches(address: str, expected: int) -> None:
    assert reach(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "100.100.100.200",
        "168.63.129.16",
        "0.0.0.0",  # noqa: S104  # an address to refuse
        "224.0.0.1",
    ],
)
def test_no_request_goes_to_a_metadata_service(address: str) -> None:
    with pytest.raises(FetchError) as refused:
        reach(address)
    assert_code(refused, "REDIRECT_REFUSED", 5)
