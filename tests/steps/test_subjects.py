"""Subjects are named by their digests, each once."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.errors import AttestError
from attest.fetch import Fetcher
from attest.model.artifact import Reference
from attest.model.digest import Digest
from attest.steps.subjects import identify

DIGEST = Digest.of(b"app")


def _refused(*subjects: Reference | Digest) -> str:
    with Fetcher(offline=True) as fetcher, pytest.raises(AttestError) as caught:
        identify(fetcher, subjects)
    return caught.value.code


def test_a_file_has_two_digests(tmp_path: Path) -> None:
    (tmp_path / "app").write_bytes(b"app")
    with Fetcher(offline=True) as fetcher:
        (target,) = identify(fetcher, [Reference("file", "app", base=str(tmp_path))])
    assert target.name == "app"
    assert target.digests == (DIGEST, Digest.of(b"app", "sha512"))


def test_a_digest_and_a_pinned_reference_need_no_file() -> None:
    other = Digest.of(b"other")
    with Fetcher(offline=True) as fetcher:
        found = identify(fetcher, [DIGEST, Reference("oci", "registry.test/app", other)])
    assert [target.digests for target in found] == [(DIGEST,), (other,)]


def test_what_cannot_be_decided_about(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"app")
    (tmp_path / "b").write_bytes(b"app")
    one = Reference("file", "a", base=str(tmp_path))
    assert _refused() == "NO_SUBJECT"
    assert _refused(one, one) == "SUBJECT_TWICE"
    assert _refused(one, Reference("file", "b", base=str(tmp_path))) == "SUBJECT_TWICE"
    assert _refused(one, DIGEST) == "SUBJECT_TWICE"
    assert _refused(Reference("file", "none", base=str(tmp_path))) == "FILE_NOT_FOUND"
    assert _refused(Reference("oci", "registry.test/app", tag="latest")) == "DIGEST_REQUIRED"


def test_one_name_for_two_files_is_refused(tmp_path: Path) -> None:
    """The plan's own paths start elsewhere than those of the command line."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "app").write_text(folder)
    both = [Reference("file", "app", base=str(tmp_path / folder)) for folder in ("a", "b")]
    assert _refused(*both) == "SUBJECT_TWICE"
