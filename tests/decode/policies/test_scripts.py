"""The code of a declared policy stands in its own bundle, or the policy is refused."""

from __future__ import annotations

import base64

import pytest

from attest.decode.policies.chainloop import Script
from attest.decode.policies.scripts import resolve
from attest.model.digest import Digest
from attest.model.policy import File
from tests.decode.making import refused

REGO = File("a/p.rego", b"package p\n")
SHARED = File("lib/q.rego", b"package q\n")
FILES = {file.path: file for file in (REGO, SHARED)}
PIN = f"@{Digest.of(REGO.content)}"
OTHER = f"@{Digest.of(SHARED.content)}"


def found(source: str, text: str) -> File:
    return resolve(Script(None, source, text), "a/policy.yaml", 0, FILES)


@pytest.mark.parametrize("source", ["path", "ref"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p.rego", REGO),
        ("./p.rego", REGO),
        ("../a/p.rego", REGO),
        ("../lib/q.rego", SHARED),
        ("file://p.rego", REGO),
        ("p.rego" + PIN, REGO),
        ("https://example.org/p.rego" + PIN, REGO),
    ],
)
def test_paths_start_at_the_declaration(source: str, text: str, expected: File) -> None:
    assert found(source, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "q.rego",
        "../../a/p.rego",
        "/a/p.rego",
        "file:///a/p.rego",
        "https://example.org/p.rego",
        "https://example.org/p.rego" + f"@{Digest.of(b'x')}",
        "chainloop://policy",
        "p.rego" + OTHER,
        "p.rego@sha256:abc",
        "a@b",
    ],
)
def test_code_elsewhere_is_refused(text: str) -> None:
    refused("REF_UNPINNED", found, "path", text)


def test_embedded_rego_and_wasm_are_told_apart() -> None:
    assert found("embedded", "package p\n") == File("policy-0.rego", b"package p\n")
    module = b"\x00asm\x01\x00\x00\x00" + bytes(100)
    text = base64.encodebytes(module).decode()
    assert found("embedded", text) == File("policy-0.wasm", module)
    assert found("embedded", "cGFja2FnZQ==").content == b"cGFja2FnZQ=="
