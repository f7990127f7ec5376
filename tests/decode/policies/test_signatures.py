"""OPA's bundle signature: what OPA itself has signed is read as OPA reads it, and nothing else."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.decode.policies import signatures
from attest.errors import DecodeError
from attest.model.policy import File
from attest.verify.jws import verify
from attest.verify.keys import load_key
from tests.decode.making import refused

CODE = "OPA_SIGNATURE_INVALID"
SIGNED = sorted((Path(__file__).parent / "signed").glob("*.json"))
"""Made by ``fixtures/making/opa/sign``: hashes and tokens are OPA's own."""

FILES = (File("p.rego", b"package p\n"), File("data.json", b'{"a": 1}'))


def files(vector: dict[str, Any]) -> list[File]:
    return [File(path, text.encode()) for path, text in vector["files"].items()]


def payload(**changes: Any) -> bytes:
    listed = [
        {"name": "/p.rego", "algorithm": "SHA-256", "hash": sha256(b"package p\n")},
        {"name": "data.json", "algorithm": "SHA-512", "hash": sha512(b'{"a":1}')},
    ]
    return json.dumps({"files": listed, "scope": "s"} | changes).encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sha512(content: bytes) -> str:
    return hashlib.sha512(content).hexdigest()


def changed(number: int, **changes: Any) -> bytes:
    listed = json.loads(payload())["files"]
    listed[number] |= changes
    return payload(files=listed)


@pytest.mark.parametrize("path", SIGNED, ids=lambda path: path.stem)
def test_what_opa_has_signed(path: Path) -> None:
    vector = json.loads(path.read_bytes())
    token = signatures.token(files(vector))
    assert token is not None
    algorithm, said = verify(token, load_key(vector["key"].encode()))
    assert algorithm == vector["algorithm"]
    assert signatures.check(said, files(vector), vector["scope"]) == len(vector["files"]) - 1
    for place, text in vector["files"].items():
        if place != ".signatures.json":
            other = vector["files"] | {place: text.replace("e", "x", 1)}
            refused(CODE, signatures.check, said, files({"files": other}), vector["scope"])


def test_there_are_vectors() -> None:
    assert {path.stem for path in SIGNED} == {"es256", "es384", "es512", "rs256", "eddsa"}


def test_a_document_may_be_written_in_other_ways() -> None:
    spaced = (FILES[0], File("data.json", b' {\n "a":1 }'), File(".signatures.json", b"any"))
    assert signatures.check(payload(), spaced, "s") == 2


def test_without_a_scope() -> None:
    assert signatures.check(payload(scope=""), FILES, "") == 2
    assert signatures.check(payload(scope=None), FILES, "") == 2
    assert signatures.check(payload(), FILES, "s") == 2


@pytest.mark.parametrize(
    "said",
    [
        payload(scope="other"),
        payload(scope=None),
        payload(files=[]),
        payload(files=json.loads(payload())["files"][:1]),
        payload(files=[*json.loads(payload())["files"], json.loads(changed(0))["files"][0]]),
        payload(files=[*json.loads(payload())["files"], {"name": "q", "algorithm": "SHA-256"}]),
        payload(files={}),
        payload(files=["p.rego"]),
        changed(0, hash=sha256(b"other")),
        changed(0, hash=sha256(b"package p\n").upper()),
        changed(0, hash=""),
        changed(0, hash=None),
        changed(0, name="q.rego"),
        changed(0, algorithm="MD5", hash=hashlib.md5(b"package p\n").hexdigest()),  # noqa: S324
        changed(0, algorithm="SHA-1", hash=hashlib.sha1(b"package p\n").hexdigest()),  # noqa: S324
        changed(0, algorithm="sha-256"),
        changed(0, algorithm=None),
        changed(1, hash=sha512(b'{"a": 1}')),
        b"[]",
        b"{",
        b'{"files": [], "files": []}',
    ],
)
def test_what_is_not_about_these_files(said: bytes) -> None:
    refused(CODE, signatures.check, said, FILES, "s")


def test_a_listed_path_stays_inside() -> None:
    refused("POLICY_FILE_REFUSED", signatures.check, changed(0, name="../p.rego"), FILES, "s")


def test_a_file_that_is_not_listed() -> None:
    more = (*FILES, File("q.rego", b"package q\n"))
    error = refused(CODE, signatures.check, payload(), more, "s")
    assert "'q.rego' is in the bundle and not listed" in error.message


@pytest.mark.parametrize("content", [b"{", b'{"a": 1, "a": 1}', b'{"a": NaN}'])
def test_a_document_that_two_parsers_read_differently(content: bytes) -> None:
    refused(CODE, signatures.check, payload(), (FILES[0], File("data.json", content)), "s")


def test_a_broken_yaml_document() -> None:
    entry = {"name": "data.yaml", "algorithm": "SHA-256", "hash": "0"}
    said = json.dumps({"files": [entry]}).encode()
    error = refused(CODE, signatures.check, said, (File("data.yaml", b"a: &x 1\nb: *x\n"),), "")
    assert error.message.startswith("data.yaml: ")


def test_a_bundle_without_the_file() -> None:
    assert signatures.token(FILES) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"signatures": []}',
        b'{"signatures": ["a.b.c", "a.b.c"]}',
        b'{"signatures": [1]}',
        b'{"signatures": "a.b.c"}',
        b'{"signatures": ["a.b.c"], "plugin": "custom"}',
        b'{"signatures": ["a.b.c"], "signatures": ["a.b.c"]}',
    ],
)
def test_a_file_that_holds_no_single_token(content: bytes) -> None:
    refused(CODE, signatures.token, (File(".signatures.json", content),))


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(["files", "scope", "iss"]), VALUES))
def test_any_payload_is_refused_or_right(changes: dict[str, Any]) -> None:
    said = payload(**changes)
    with contextlib.suppress(DecodeError):
        assert signatures.check(said, FILES, "s") == 2
        assert json.loads(said)["files"] == json.loads(payload())["files"]
