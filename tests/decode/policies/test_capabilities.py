"""`spec.capabilities`: what a policy says it asks for."""

from __future__ import annotations

from typing import Any

import pytest

from attest.decode.policies import policies_from
from attest.errors import DecodeError
from attest.model.capability import Capabilities, HttpGrant
from attest.model.policy import Claims, File

POLICY = """\
apiVersion: chainloop.dev/v1
kind: Policy
metadata: {name: p}
spec:
  policies: [{kind: SARIF, embedded: "package p"}]
"""


def declared(text: str) -> Capabilities | None:
    (policy,) = policies_from([File("policy.yaml", (POLICY + text).encode())], Claims())
    return policy.capabilities


def test_a_policy_that_declares_nothing_is_held_to_its_grants_alone() -> None:
    assert declared("") is None


def test_a_policy_that_declares_an_empty_list_asks_for_nothing() -> None:
    assert declared("  capabilities: {}\n") == Capabilities()


def test_what_is_declared() -> None:
    text = (
        "  capabilities:\n    functions: [chainloop_discover]\n    http:\n"
        "      - {host: WWW.cisa.gov}\n      - {host: 'a:8443', methods: [GET, POST]}\n"
    )
    assert declared(text) == Capabilities(
        (HttpGrant("www.cisa.gov"), HttpGrant("a:8443", ("GET", "POST"))), ("chainloop_discover",)
    )


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("x", ""),
        ("{files: [a]}", "/files"),
        ("{http: a}", "/http"),
        ("{http: [a]}", "/http/0"),
        ("{http: [{methods: [GET]}]}", "/http/0/host"),
        ("{http: [{host: '*'}]}", "/http/0/host"),
        ("{http: [{host: a, methods: [get]}]}", "/http/0/methods/0"),
        ("{http: [{host: a, may_fail: true}]}", "/http/0/may_fail"),
        ("{functions: [other]}", "/functions/0"),
    ],
)
def test_what_is_malformed_is_refused(given: Any, place: str) -> None:
    with pytest.raises(DecodeError) as refused:
        declared(f"  capabilities: {given}\n")
    assert refused.value.code == "POLICY_INVALID"
    assert f"/spec/capabilities{place}" in refused.value.message
