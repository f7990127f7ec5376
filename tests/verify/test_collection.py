"""Files with many bundles, taken apart in order."""

from __future__ import annotations

import json

import pytest

from attest.errors import VerificationError
from attest.testing.forms import npm_answer, pypi_attestation, pypi_provenance
from attest.verify import collection
from attest.verify.collection import MAX_BUNDLES, split
from tests.verify.setting import BOX, STATEMENT, file, verify

ONE = BOX.sign_statement(STATEMENT)
TWO = BOX.sign_statement(STATEMENT, key=BOX.key_pair("release"))
BOTH = [json.loads(ONE), json.loads(TWO)]
PRETTY = json.dumps(json.loads(ONE), indent=2).encode()


@pytest.mark.parametrize("content", [ONE, PRETTY, ONE + b"\n", b"{", b"text", b"\x00\xff"])
def test_one_bundle_is_itself(content: bytes) -> None:
    whole = file(content)
    assert split(whole) == (whole,)


@pytest.mark.parametrize(
    "content",
    [
        ONE + b"\n" + TWO,
        b"\n" + ONE + b"\r\n\n" + TWO + b"\n",
        json.dumps(BOTH).encode(),
        json.dumps(BOTH, indent=1).encode(),
        npm_answer({"a": ONE, "b": TWO}),
        json.dumps({"attestations": [{"bundle": one} for one in BOTH]}).encode(),
    ],
)
def test_many_bundles_in_order(content: bytes) -> None:
    parts = split(file(content))
    assert [json.loads(part.content) for part in parts] == BOTH
    assert [str(part.reference) for part in parts] == ["bundle.json#1", "bundle.json#2"]


def test_lines_keep_their_bytes() -> None:
    assert [part.content for part in split(file(ONE + b"\n" + TWO))] == [ONE, TWO]


def test_an_index_hosts_many() -> None:
    one = pypi_attestation(ONE)
    parts = split(file(pypi_provenance(one, one)))
    assert len(parts) == 2
    assert verify(parts[0].content).payload == STATEMENT


def test_the_builds_of_google_cloud() -> None:
    builds = [{"envelope": BOTH[0]}, {"envelope": BOTH[1], "build": {}}, 1, {}]
    parts = split(file(json.dumps({"provenance_summary": {"provenance": builds}}).encode()))
    assert [json.loads(part.content) for part in parts] == [*BOTH, 1, None]
    for summary in (1, {}, {"provenance": {"envelope": 1}}, {"provenance": "text"}):
        whole = file(json.dumps({"provenance_summary": summary}).encode())
        assert split(whole) == (whole,)


def test_what_is_no_bundle_stays_in_its_place() -> None:
    lines = split(file(ONE + b"\nnot JSON\n" + TWO))
    assert [part.content for part in lines] == [ONE, b"not JSON", TWO]
    listed = split(file(json.dumps([1, None, *BOTH]).encode()))
    assert [part.content[:1] for part in listed] == [b"1", b"n", b"{", b"{"]
    odd = {"version": 1, "attestation_bundles": [1, {"attestations": [2]}]}
    assert [part.content for part in split(file(json.dumps(odd).encode()))] == [b"1", b"2"]


def test_a_bundle_that_speaks_of_attestations_is_one_bundle() -> None:
    document = json.loads(ONE) | {"attestations": []}
    whole = file(json.dumps(document).encode())
    assert split(whole) == (whole,)


@pytest.mark.parametrize(
    "content",
    [b"", b" \n", b"[]", b"[1,", b'{"attestations": []}', b"[" + b"1," * MAX_BUNDLES + b"1]"],
)
def test_what_cannot_be_taken_apart(content: bytes) -> None:
    with pytest.raises(VerificationError) as refusal:
        split(file(content))
    assert refusal.value.code == "BUNDLE_MALFORMED"


def test_the_number_of_bundles_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "MAX_BUNDLES", 2)
    assert len(split(file(ONE + b"\n" + TWO))) == 2
    with pytest.raises(VerificationError, match="holds 3 bundles; expected 1 to 2"):
        split(file(ONE + b"\n" + TWO + b"\n" + ONE))


@pytest.mark.parametrize("content", [b'x "attestations"', b"x}\n{}"])
def test_what_only_looks_like_many_is_one(content: bytes) -> None:
    whole = file(content)
    assert split(whole) == (whole,)
