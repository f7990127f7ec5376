"""Subjects and places."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.model.artifact import Reference
from attest.model.digest import Digest
from attest.plan import BESIDE, EvidenceSource
from tests.config.plans import HEX, NOW, evidence_with, load, plan_text, refused

PIN = f"@sha256:{HEX}"


def with_source(source: str) -> str:
    return evidence_with(f"sources: ['{source}'], accept: [{{signed_by: [rel]}}]")


@pytest.mark.parametrize(
    "source",
    ["dir:evidence", "scan.json", "./a:b", "file:a:b", f"oci:h/r{PIN}", f"oci-layout:d{PIN}",
     f"https://h/x{PIN}", f"oci:h:5000/r:1.0{PIN}"],
)  # fmt: skip
def test_places(tmp_path: Path, source: str) -> None:
    found = load(tmp_path, with_source(source)).sources[0].source
    assert found == Reference.parse(source)
    assert found.base == str(tmp_path)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("oci:h/r", "DIGEST_REQUIRED"),
        ("oci-layout:d", "DIGEST_REQUIRED"),
        ("https://h/x", "DIGEST_REQUIRED"),
        ("http://h/x", "DIGEST_REQUIRED"),
        ("oci:h/r:latest", "TAG_UNPINNED"),
        ("oci-layout:d:v1", "TAG_UNPINNED"),
        ("oci:h/r@sha256:abc", "DIGEST_INVALID"),
        ("oci:h/r@md5:" + "a" * 32, "DIGEST_INVALID"),
        (f"oci:h/r@sha256:{HEX.upper()}", "DIGEST_INVALID"),
        ("dir:", "CONFIG_VALUE"),
        ("ftp://h/x", "CONFIG_VALUE"),
        ("ocy:h/r", "CONFIG_VALUE"),
        ("OCI:h/r", "CONFIG_VALUE"),
        ("oci:referrers:latest", "TAG_UNPINNED"),
        ("builtin:demo", "UNSUPPORTED"),
    ],
)
def test_refused_places(tmp_path: Path, source: str, code: str) -> None:
    error = refused(tmp_path, with_source(source), code)
    assert error.message.startswith("evidence.sources[0] (")


def test_beside_the_subject(tmp_path: Path) -> None:
    """Strangers may write beside a subject: what is refused there is listed, and nobody relaxed."""
    plan = load(tmp_path, with_source("oci:referrers"))
    assert plan.sources == (EvidenceSource(BESIDE, "warn"),)
    assert plan.sources[0].beside
    assert plan.weakened == ()
    refused(tmp_path, plan_text(more="subjects: ['oci:referrers']\n"), "DIGEST_REQUIRED")


@pytest.mark.parametrize(
    ("source", "default"),
    [(f"oci:h/r{PIN}", "warn"), (f"oci-layout:d{PIN}", "fail"), ("dir:evidence", "fail")],
)
def test_what_is_refused_blocks_by_default_where_strangers_do_not_write(
    tmp_path: Path, source: str, default: str
) -> None:
    assert load(tmp_path, with_source(source)).sources[0].on_refused == default


def test_an_allowed_tag_is_listed_as_weakening(tmp_path: Path) -> None:
    plan = load(tmp_path, with_source("oci:h/r:latest"), allow_tag=True)
    assert plan.sources[0].source.tag == "latest"
    assert [(w.option, w.where) for w in plan.weakened] == [("--allow-tag", "evidence.sources[0]")]
    refused(tmp_path, with_source("oci:h/r"), "DIGEST_REQUIRED", allow_tag=True)


def test_a_pinned_tag_needs_no_permission(tmp_path: Path) -> None:
    plan = load(tmp_path, with_source(f"oci:h/r:1.0{PIN}"), allow_tag=True)
    assert plan.weakened == ()


def test_subjects_of_plan_and_command_line(tmp_path: Path) -> None:
    text = plan_text(more=f"subjects: [dist/app, 'sha256:{HEX}', 'oci:h/r{PIN}']\n")
    plan = load(tmp_path, text, subjects=["app.tgz", "sha512:" + "0" * 128])
    assert plan.subjects == (
        Reference("file", "dist/app"),
        Digest("sha256", HEX),
        Reference("oci", "h/r", Digest("sha256", HEX)),
        Reference("file", "app.tgz"),
        Digest("sha512", "0" * 128),
    )
    bases = [s.base for s in plan.subjects if isinstance(s, Reference)]
    assert bases == [str(tmp_path), str(tmp_path), ""]


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("sha256:abc", "DIGEST_INVALID"),
        ("sha1:" + "a" * 40, "DIGEST_INVALID"),
        ("gitCommit:" + "a" * 40, "DIGEST_INVALID"),
        ("dir:dist", "CONFIG_VALUE"),
        ("oci:h/r", "DIGEST_REQUIRED"),
        ("oci:h/r:1", "TAG_UNPINNED"),
        ("", "CONFIG_VALUE"),
        ("a\nb", "CONFIG_VALUE"),
        ("x" * 5000, "CONFIG_TOO_LARGE"),
    ],
)
def test_refused_subjects(tmp_path: Path, word: str, code: str) -> None:
    error = refused(tmp_path, plan_text(), code, subjects=["ok", word])
    assert error.message.startswith("SUBJECT[1] (command line)")


def test_no_subject_is_left_to_the_gate(tmp_path: Path) -> None:
    assert load(tmp_path, plan_text(more="subjects: []\n"), now=NOW).subjects == ()
