"""What the digest of a plan covers."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from attest.model.digest import Digest
from attest.verify.builtin import builtin_root
from tests.config.plans import HEX, KEY, NOW, load, plan_text, policy_with, refused

ALLOWED = plan_text(more="allow_at: true\n")


def test_the_same_plan_has_the_same_digest_everywhere(tmp_path: Path) -> None:
    digests = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        digests.add(load(tmp_path / name, plan_text()).digest)
    digests.add(load(tmp_path / "one", plan_text(), now=NOW.replace(year=2030)).digest)
    digests.add(load(tmp_path / "one", plan_text(), offline=True, jobs=7).digest)
    digests.add(load(tmp_path / "one", plan_text(), subjects=["app"]).digest)
    assert len(digests) == 1


def test_every_effective_override_changes_it(tmp_path: Path) -> None:
    digests = [
        load(tmp_path, ALLOWED).digest,
        load(tmp_path, ALLOWED, at=NOW).digest,
        load(tmp_path, ALLOWED, at=NOW.replace(year=2030)).digest,
        load(tmp_path, ALLOWED, cross_check=True).digest,
        load(tmp_path, ALLOWED, allow_tag=True).digest,
        load(tmp_path, ALLOWED + "# one more byte").digest,
    ]
    assert len(set(digests)) == len(digests)


def test_it_covers_the_bytes_and_the_names_of_pinned_files(tmp_path: Path) -> None:
    digests = set()
    for name, content in (("a.json", b"{}"), ("a.json", b"[]"), ("b.json", b"{}")):
        (tmp_path / name).write_bytes(content)
        pin = sha256(content).hexdigest()
        digests.add(load(tmp_path, policy_with(f"data: [{{path: {name}, sha256: {pin}}}]")).digest)
    assert len(digests) == 3


def test_it_covers_builtin_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trust = f"trust: {{roots: {{r: {{builtin: github}}}}, signers: {{rel: {{{KEY}}}}}}}\n"
    before = load(tmp_path, plan_text(trust=trust)).digest
    other = builtin_root("staging")
    monkeypatch.setattr("attest.verify.builtin.builtin_root", lambda _: other)
    assert load(tmp_path, plan_text(trust=trust)).digest != before


def test_another_plan_than_the_expected_is_refused(tmp_path: Path) -> None:
    digest = load(tmp_path, plan_text()).digest
    assert load(tmp_path, plan_text(), expected_digest=digest).digest == digest
    error = refused(
        tmp_path, plan_text(), "PLAN_DIGEST_MISMATCH", expected_digest=Digest("sha256", HEX)
    )
    assert str(digest) in error.message
    refused(tmp_path, plan_text() + "#", "PLAN_DIGEST_MISMATCH", expected_digest=digest)


def test_the_digest_is_stable_between_versions(tmp_path: Path) -> None:
    assert str(load(tmp_path, plan_text()).digest) == (
        "sha256:cb4d7a5c044daa380dc8ead105b1511e87c9bf4b6a4feebd014c50e2d1faa45d"
    )
