"""`grant:`: exact hosts, and every relaxation is listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.config.explain import explain
from attest.model.capability import Capabilities, HttpGrant, host_of
from tests.config.plans import load, policy_with, refused


def test_nothing_is_granted_by_default(tmp_path: Path) -> None:
    for keys in ("enforce: true", "grant: {}"):
        assert load(tmp_path, policy_with(keys)).policies[0].grants == Capabilities()


def test_a_grant_in_full(tmp_path: Path) -> None:
    keys = (
        "grant: {http: [{host: WWW.cisa.gov, methods: [GET, HEAD]}, "
        "{host: api.osv.dev:8443, methods: [POST], may_fail: true}, {host: a.b:443}, "
        "{host: 'http://127.0.0.1:8080'}]}"
    )
    plan = load(tmp_path, policy_with(keys))
    assert plan.policies[0].grants.http == (
        HttpGrant("www.cisa.gov", ("GET", "HEAD")),
        HttpGrant("api.osv.dev:8443", ("POST",), may_fail=True),
        HttpGrant("a.b"),
        HttpGrant("127.0.0.1:8080", plain=True),
    )
    assert [(one.option, one.where) for one in plan.weakened] == [
        ("may_fail", "policies[0].grant.http[1].may_fail"),
        ("plain HTTP", "policies[0].grant.http[3].host"),
    ]


def test_a_plan_in_plain_words_says_what_a_policy_may_ask(tmp_path: Path) -> None:
    plain = "\n".join(explain(load(tmp_path, policy_with("enforce: true"))))
    assert "it may ask nothing outside" in plain
    granted = load(tmp_path, policy_with("grant: {http: [{host: a.example, may_fail: true}]}"))
    assert "it may ask http GET a.example (may fail) outside" in "\n".join(explain(granted))


@pytest.mark.parametrize(
    ("grant", "code"),
    [
        ("{http: []}", "CONFIG_VALUE"),
        ("{http: [{methods: [GET]}]}", "CONFIG_MISSING_KEY"),
        ("{http: [{host: a, methods: []}]}", "CONFIG_VALUE"),
        ("{http: [{host: a, methods: [get]}]}", "CONFIG_VALUE"),
        ("{http: [{host: a, methods: [CONNECT]}]}", "CONFIG_VALUE"),
        ("{http: [{host: a, may_fail: yes please}]}", "CONFIG_TYPE"),
        ("{http: [{host: a, redirects: true}]}", "CONFIG_UNKNOWN_KEY"),
        ("{http: [{host: a}, {host: A}]}", "CONFIG_VALUE"),
        ("{http: [{host: a}, {host: 'a:443'}]}", "CONFIG_VALUE"),
        ("{functions: [chainloop_find]}", "CONFIG_VALUE"),
        ("{functions: []}", "CONFIG_VALUE"),
        ("{functions: chainloop_discover}", "CONFIG_TYPE"),
        ("{files: [x]}", "CONFIG_UNKNOWN_KEY"),
    ],
)
def test_refused_grants(tmp_path: Path, grant: str, code: str) -> None:
    error = refused(tmp_path, policy_with(f"grant: {grant}"), code)
    assert error.message.startswith("policies[0].grant")


@pytest.mark.parametrize(
    "host",
    [
        *(
            "*",
            "*.cisa.gov",
            "https://a",
            "a/b",
            "u@a",
            "a:0",
            "a:65536",
            "a:",
            "a.",
            "",
            ".a",
            "ä",
        ),
        *("http://a", "http://10.0.0.1", "http://127.0.0.1.evil.example", "http://localhost/x"),
        *("a\nb", "a b", "[::1", "::1"),
    ],
)
def test_what_is_no_host(host: str) -> None:
    with pytest.raises(ValueError, match=r"host|port|TLS"):
        host_of(host)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("A.b", ("a.b", False)),
        ("10.0.0.1", ("10.0.0.1", False)),
        ("[::1]:443", ("[::1]", False)),
        ("a:80", ("a:80", False)),
        ("http://localhost:80", ("localhost", True)),
        ("http://localhost:443", ("localhost:443", True)),
    ],
)
def test_hosts(text: str, host: tuple[str, bool]) -> None:
    assert host_of(text) == host
