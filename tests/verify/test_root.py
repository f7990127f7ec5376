"""Trust roots: what is read, what is passed over, and what makes a root void."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import UsageError
from attest.model.digest import Digest
from attest.testing import edit, read, remove
from attest.verify.root import MAX_AUTHORITIES, MAX_BYTES, MEDIA_TYPES, parse_root
from attest.verify.window import parse_time
from tests.verify.setting import BOX, NOW, ROOT

LOG, AUTHORITY = "/tlogs/0", "/certificateAuthorities/0"


def _refused(content: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refusal:
        parse_root("corp", content)
    assert refusal.value.code == "ROOT_MALFORMED"
    assert refusal.value.exit_code == 2
    assert refusal.value.where == "trust.roots.corp"


def test_a_root_is_read() -> None:
    root = parse_root("corp", ROOT)
    assert root.digest == Digest.of(ROOT)
    assert {log.origin for log in root.logs.values()} == {"rekor.attest.test", "log2.attest.test"}
    assert root.ct_logs.keys() == {BOX.ct_log.key_id}
    assert root.authorities[0].chain == BOX.authority.chain
    assert root.timestamp_authorities[0].name == "tsa.attest.test"
    assert NOW in root.authorities[0].window
    assert root.authorities[0].window.end is None


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_every_version_of_the_format(media_type: str) -> None:
    assert parse_root("corp", edit(ROOT, "/mediaType", media_type)).logs


def test_unknown_members_are_passed_over() -> None:
    root = edit(edit(ROOT, "/novel", {"a": 1}), LOG + "/operator", "somebody")
    assert len(parse_root("corp", root).logs) == 2


@pytest.mark.parametrize(
    "kept", ["tlogs", "certificateAuthorities", "timestampAuthorities"], ids=lambda kept: kept
)
def test_a_root_may_lack_whole_lists(kept: str) -> None:
    root = {"mediaType": MEDIA_TYPES[0], kept: json.loads(ROOT)[kept]}
    parsed = parse_root("corp", json.dumps(root).encode())
    assert bool(parsed.logs) == (kept == "tlogs")
    assert bool(parsed.authorities) == (kept == "certificateAuthorities")
    assert bool(parsed.timestamp_authorities) == (kept == "timestampAuthorities")
    assert not parsed.ct_logs


def test_a_root_that_names_nobody_is_void() -> None:
    nobody = {"mediaType": MEDIA_TYPES[0], "ctlogs": json.loads(ROOT)["ctlogs"]}
    _refused(json.dumps(nobody).encode(), "names no log and no authority")


def test_the_name_of_an_authority() -> None:
    """Its URL without the scheme, else the name in ``subject``, else none."""

    def name(**members: Any) -> str:
        authority = {**json.loads(ROOT)["certificateAuthorities"][0], **members}
        return parse_root("corp", edit(ROOT, AUTHORITY, authority)).authorities[0].name

    subject = {"organization": "corp", "commonName": "corp-ca"}
    assert name(uri="https://ca.corp.test", subject=subject) == "ca.corp.test"
    assert name(uri="ca.corp.test", subject=subject) == "ca.corp.test"
    assert name(uri="", subject=subject) == name(uri=None, subject=subject) == "corp-ca"
    assert name(uri="", subject=None) == ""


def test_the_key_hint_of_checkpoints() -> None:
    """It is the log's id, unless the root states another (sigstore_trustroot.proto)."""

    def hint(root: bytes) -> bytes:
        return parse_root("corp", root).logs[BOX.log.key_id].hint

    assert hint(ROOT) == BOX.log.key_id[:4]
    assert hint(edit(ROOT, LOG + "/checkpointKeyId", {"keyId": "AAECAwQF"})) == bytes(range(4))
    assert hint(edit(ROOT, LOG + "/checkpointKeyId", {"keyId": "AAECAw=="})) == bytes(range(4))


def test_a_log_needs_an_id_of_its_own_beside_that_of_its_checkpoints() -> None:
    log = {**read(ROOT, LOG), "logId": {"keyId": "QUI="}, "checkpointKeyId": {"keyId": "AAECAw=="}}
    _refused(edit(ROOT, LOG, log), "too short")


def test_a_log_may_have_an_id_of_four_bytes() -> None:
    assert bytes(range(4)) in parse_root("corp", edit(ROOT, LOG + "/logId/keyId", "AAECAw==")).logs


@pytest.mark.parametrize("end", ["2026-05-01T00:00:00Z", "2027-01-01T00:00:00Z"])
def test_a_window_may_be_a_single_moment(end: str) -> None:
    valid = {"start": "2026-05-01T00:00:00Z", "end": end}
    window = parse_root("corp", edit(ROOT, AUTHORITY + "/validFor", valid)).authorities[0].window
    assert (window.start, window.end) == tuple(map(parse_time, valid.values()))


@pytest.mark.parametrize(
    ("pointer", "value", "says"),
    [
        ("/mediaType", "application/json", "media type"),
        ("/tlogs", {}, "tlogs is not a list"),
        (LOG + "/baseUrl", "rekor.attest.test", "not a URL"),
        (LOG + "/publicKey/rawBytes", "QUJD", "does not parse"),
        (LOG + "/publicKey/validFor", {}, r"validFor\.start is missing"),
        (LOG + "/publicKey/validFor/start", "yesterday", "not an RFC 3339 time"),
        (LOG + "/publicKey/validFor/end", "2000-01-01T00:00:00Z", "ends before it starts"),
        (LOG + "/publicKey/validFor/end", 5, "is not text"),
        (LOG + "/logId/keyId", "QUI=", "too short"),
        (LOG + "/checkpointKeyId", {"keyId": "QUI="}, "too short"),
        (AUTHORITY + "/certChain/certificates", [], "certChain is empty"),
        (AUTHORITY + "/certChain/certificates/0/rawBytes", "QUJD", "certificates"),
        (AUTHORITY + "/validFor", None, "validFor is missing"),
        ("/tlogs/1/logId", read(ROOT, LOG + "/logId"), "two logs"),
        ("/ctlogs", [read(ROOT, "/ctlogs/0")] * 2, "two logs"),
        ("/ctlogs", [{}] * (MAX_AUTHORITIES + 1), "are allowed"),
    ],
)
def test_nonsense_voids_the_root(pointer: str, value: Any, says: str) -> None:
    _refused(edit(ROOT, pointer, value), says)


def test_a_member_that_is_missing_voids_the_root() -> None:
    for pointer in ("/mediaType", LOG + "/baseUrl", LOG + "/logId", LOG + "/publicKey"):
        _refused(remove(ROOT, pointer), "is missing")


def test_size_and_strictness() -> None:
    padding = b" " * (MAX_BYTES - len(ROOT))
    assert parse_root("corp", ROOT + padding).logs
    _refused(ROOT + padding + b" ", "are allowed")
    _refused(ROOT.replace(b'"mediaType"', b'"tlogs":[],"mediaType"'), "duplicate key")
    _refused(b"[]", "not an object")


@given(st.integers(0, len(ROOT) - 1), st.binary(max_size=4))
@settings(derandomize=True, max_examples=300)
def test_only_usage_errors_escape(at: int, noise: bytes) -> None:
    with suppress(UsageError):
        parse_root("corp", ROOT[:at] + noise + ROOT[at + len(noise) :])
