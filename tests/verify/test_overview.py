"""The table of a trust root: everything in it, by the right key and window."""

from __future__ import annotations

import pytest

from attest.model.digest import Digest
from attest.signing.signature import public_der
from attest.testing import RootKnobs, Window, edit
from attest.verify import BUILTIN_ROOTS, builtin_root
from attest.verify.overview import overview
from attest.verify.root import parse_root
from tests.verify.setting import BOX, NOW, ROOT, SECOND

ENDED = Window(NOW - 9 * SECOND, NOW - SECOND)


def test_everything_is_listed() -> None:
    rows = overview(parse_root("box", ROOT))
    assert [(row.kind, row.name, row.algorithm) for row in rows] == [
        ("certificates", "fulcio.attest.test", "ECDSA P-384"),
        ("log", "rekor.attest.test", "ECDSA P-256"),
        ("log", "log2.attest.test", "Ed25519"),
        ("ct log", "ct.attest.test", "ECDSA P-256"),
        ("timestamps", "tsa.attest.test", "ECDSA P-256"),
    ]
    assert rows[1].key == Digest.of(public_der(BOX.log.key.public_key()))
    assert [len(row.chain) for row in rows] == [len(BOX.authority.chain), 0, 0, 0, 2]


def test_an_authority_shows_its_own_window_and_those_of_its_certificates() -> None:
    root = parse_root("box", BOX.trusted_root(RootKnobs(certificate_authority=ENDED)))
    row = overview(root)[0]
    assert (row.window.start, row.window.end) == (ENDED.start, ENDED.end)
    assert NOW in row.chain[0].window
    assert row.key == row.chain[0].key != row.chain[1].key
    assert [link.digest for link in row.chain] == list(root.authorities[0].digests[::2])
    assert [link.key for link in row.chain] == list(root.authorities[0].digests[1::2])


def test_an_authority_without_a_name_is_called_by_its_certificate() -> None:
    authority = edit(
        edit(ROOT, "/certificateAuthorities/0/uri", ""),
        "/certificateAuthorities/0/subject/commonName",
        "",
    )
    row = overview(parse_root("box", authority))[0]
    assert row.name == row.chain[0].subject != ""


@pytest.mark.parametrize("name", BUILTIN_ROOTS)
def test_the_built_in_roots(name: str) -> None:
    root = parse_root(name, builtin_root(name))
    rows = overview(root)
    listed = (root.authorities, root.logs, root.ct_logs, root.timestamp_authorities)
    assert len(rows) == sum(len(part) for part in listed)
