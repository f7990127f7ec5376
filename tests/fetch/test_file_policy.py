"""A policy in a plain file, and the signature beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.errors import FetchError
from attest.fetch import BUNDLE_SUFFIX, Fetcher
from attest.model.artifact import Reference
from tests.fetch.helpers import assert_code

POLICY = b"package p\n"


def _place(folder: Path) -> Reference:
    (folder / "p.rego").write_bytes(POLICY)
    return Reference("file", "p.rego", base=str(folder))


def test_the_bundle_beside_it_is_attached(tmp_path: Path) -> None:
    place = _place(tmp_path)
    (tmp_path / f"p.rego{BUNDLE_SUFFIX}").write_bytes(b"{}")
    with Fetcher(offline=True) as fetcher:
        fetched = fetcher.policy(place)
        pinned = fetcher.policy(place, attached=False)
    assert fetched.artifact.content == POLICY
    assert [bundle.artifact.content for bundle in fetched.attached] == [b"{}"]
    assert pinned.attached == ()


def test_no_bundle_is_no_signature(tmp_path: Path) -> None:
    with Fetcher(offline=True) as fetcher:
        assert fetcher.policy(_place(tmp_path)).attached == ()


def test_a_bundle_that_cannot_be_read_is_no_missing_one(tmp_path: Path) -> None:
    place = _place(tmp_path)
    (tmp_path / f"p.rego{BUNDLE_SUFFIX}").mkdir()
    with Fetcher(offline=True) as fetcher, pytest.raises(FetchError) as refused:
        fetcher.policy(place)
    assert_code(refused, "FILE_NOT_REGULAR", 2)
