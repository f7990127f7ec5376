"""Tags, locks and gates: `attest lock` and what a gate makes of its file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from attest.author.layout import Layer, Layout
from attest.decode.policies.archive import bundle_tar
from attest.decode.policies.media import ARTIFACT_TYPE, LAYER_TYPE
from attest.model.digest import Digest
from attest.model.policy import File
from fixtures.making.world import box, policy_team, security
from tests.cli.command import assert_refused, attest
from tests.gate import ALLOW, CLEAN, Gate

SOURCE = "oci-layout:policies:stable"
VERSION = "org.opencontainers.image.version"
EXPIRES = "dev.attest.policy.expires"


class Tagged:
    """A gate whose one policy is named by a tag."""

    def __init__(self, folder: Path) -> None:
        self.gate = Gate(folder)
        self.gate.evidence(CLEAN)
        self.gate.plan["policies"] = [{"source": SOURCE, "signed_by": ["policy-team"]}]
        self.plan = self.gate.write()
        self.layout = Layout()
        self.lock = self.plan.with_name("attest.lock")

    def publish(self, version: str | None, *, key: Any = policy_team, **annotations: str) -> Digest:
        """Move the tag to a bundle of this version, signed by ``key``."""
        files = {**ALLOW, "version.rego": f"package v\n\nnumber := {version!r}\n".encode()}
        files["version.rego"] = files["version.rego"].replace(b"'", b'"').replace(b"None", b"0")
        packed = bundle_tar([File(path, content) for path, content in files.items()])
        stated = {} if version is None else {VERSION: version}
        layout = self.layout
        digest = layout.add_manifest(
            [Layer(packed, LAYER_TYPE)],
            artifact_type=ARTIFACT_TYPE,
            annotations={
                **stated,
                **{EXPIRES if k == "expires" else k: v for k, v in annotations.items()},
            },
        )
        layout.attach(digest, box.sign_blob(layout.blob(digest), key=key))
        layout.tag("stable", digest)
        layout.write(self.plan.parent / "policies")
        return digest

    def run(self, *words: str) -> Any:
        """Run the gate, with a JSON report."""
        return attest("gate", "-c", self.plan, "-o", "json", *words)


@pytest.fixture
def tagged(tmp_path: Path) -> Tagged:
    made = Tagged(tmp_path)
    made.publish("1.4.0")
    return made


def test_a_tag_without_lock_is_refused(tagged: Tagged) -> None:
    assert_refused(tagged.run(), 2, "TAG_UNPINNED")
    assert not tagged.lock.exists()


def test_a_gate_takes_the_tag_from_the_lock(tagged: Tagged) -> None:
    digest = tagged.publish("1.4.0")
    locked = attest("lock", "-c", tagged.plan)
    assert (locked.code, locked.out) == (0, f"{SOURCE}  {digest}  1.4.0\n")
    assert json.loads(tagged.lock.read_text())["references"] == {
        SOURCE: {"digest": str(digest), "version": "1.4.0"}
    }
    ran = tagged.run()
    assert ran.code == 0, ran
    assert ran.document["policies"][0]["source"] == f"{SOURCE}@{digest}"
    assert ran.document["weakened"] == []
    assert attest("lock", "-c", tagged.plan, "--check").code == 0


def test_the_same_tags_give_the_same_lock(tagged: Tagged) -> None:
    attest("lock", "-c", tagged.plan)
    first = tagged.lock.read_bytes()
    attest("lock", "-c", tagged.plan)
    assert tagged.lock.read_bytes() == first


def test_the_lock_holds_when_the_tag_moves(tagged: Tagged) -> None:
    """And ``--check`` says that it has."""
    before = tagged.publish("1.4.0")
    attest("lock", "-c", tagged.plan)
    after = tagged.publish("1.5.0")
    checked = attest("lock", "-c", tagged.plan, "--check")
    assert_refused(checked, 4, "TAG_MOVED")
    assert str(before) in checked.err
    assert str(after) in checked.err
    ran = tagged.run()
    assert ran.code == 0
    assert ran.document["policies"][0]["source"] == f"{SOURCE}@{before}"


def test_the_locks_bytes_are_part_of_the_plans_digest(tagged: Tagged) -> None:
    attest("lock", "-c", tagged.plan)
    digest = tagged.run().document["plan"]["digest"]
    assert tagged.run("--plan-digest", digest).code == 0
    tagged.lock.write_bytes(tagged.lock.read_bytes() + b"\n")
    assert_refused(tagged.run("--plan-digest", digest), 2, "PLAN_DIGEST_MISMATCH")


def test_an_allowed_tag_is_resolved_once_shown_and_listed(tagged: Tagged) -> None:
    digest = tagged.publish("1.4.0")
    ran = tagged.run("--allow-tag")
    assert ran.code == 0
    assert ran.document["policies"][0]["source"] == f"{SOURCE}@{digest}"
    assert [one["option"] for one in ran.document["weakened"]] == ["--allow-tag"]
    for fmt in ("text", "markdown", "github", "html", "sarif", "junit"):
        assert "--allow-tag" in attest("gate", "-c", tagged.plan, "--allow-tag", "-o", fmt).out
    assert not tagged.lock.exists()


def test_the_lock_wins_over_permission(tagged: Tagged) -> None:
    attest("lock", "-c", tagged.plan)
    assert tagged.run("--allow-tag").document["weakened"] == []


def test_a_lower_version_is_refused(tagged: Tagged) -> None:
    attest("lock", "-c", tagged.plan)
    before = tagged.lock.read_bytes()
    for version in ("1.3.9", "1.4.0-rc.1", None, "latest"):
        tagged.publish(version)
        ran = attest("lock", "-c", tagged.plan)
        assert_refused(ran, 4, "POLICY_ROLLBACK")
        assert "1.4.0" in ran.err
    assert tagged.lock.read_bytes() == before
    tagged.publish("1.4.1")
    assert attest("lock", "-c", tagged.plan).code == 0


def test_a_gate_refuses_a_lock_that_was_edited_to_a_lower_version(tagged: Tagged) -> None:
    attest("lock", "-c", tagged.plan)
    digest = tagged.publish("1.3.0")
    document = json.loads(tagged.lock.read_text())
    document["references"][SOURCE]["digest"] = str(digest)
    tagged.lock.write_text(json.dumps(document))
    ran = tagged.run()
    assert (ran.code, ran.document["reason"]["code"]) == (4, "POLICY_ROLLBACK")


def test_a_version_steers_no_terminal(tagged: Tagged) -> None:
    tagged.publish("1.4.0\x1b[2J\n::error::##[error]x")
    ran = attest("lock", "-c", tagged.plan)
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert ran.out.count("\n") == 1
    assert "##[" not in ran.out


def test_nobody_elses_bundle_gets_into_the_lock(tagged: Tagged) -> None:
    tagged.publish("9.0.0", key=security)
    assert attest("lock", "-c", tagged.plan).code == 4
    assert not tagged.lock.exists()


def test_an_expired_bundle_is_refused(tagged: Tagged) -> None:
    tagged.publish("1.4.0", expires="2020-01-01T00:00:00Z")
    assert_refused(attest("lock", "-c", tagged.plan), 4, "POLICY_EXPIRED")
    ran = tagged.run("--allow-tag")
    assert (ran.code, ran.document["reason"]["code"]) == (4, "POLICY_EXPIRED")
    tagged.publish("1.4.0", expires="2999-01-01T00:00:00+01:00")
    assert tagged.run("--allow-tag").code == 0


@pytest.mark.parametrize("expires", ["", "soon", "2999-01-01", "2999-01-01T00:00:00"])
def test_an_expiry_that_is_no_time_is_refused(tagged: Tagged, expires: str) -> None:
    tagged.publish("1.4.0", expires=expires)
    ran = tagged.run("--allow-tag")
    assert (ran.code, ran.document["reason"]["code"]) == (4, "POLICY_BUNDLE_MALFORMED")


def test_a_lock_that_does_not_fit_the_plan_is_stale(tagged: Tagged) -> None:
    check = ("lock", "-c", tagged.plan, "--check")
    assert_refused(attest(*check), 2, "LOCK_STALE")
    attest("lock", "-c", tagged.plan)
    document = yaml.safe_load(tagged.plan.read_text())
    document["policies"][0]["source"] = "oci-layout:policies:latest"
    tagged.plan.write_text(yaml.safe_dump(document))
    stale = attest(*check)
    assert_refused(stale, 2, "LOCK_STALE")
    assert "latest" in stale.err
    assert "stable" in stale.err
    assert_refused(tagged.run(), 2, "TAG_UNPINNED")
    assert_refused(attest("lock", "-c", tagged.plan), 5, "NOT_FOUND")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"x" * (1 << 21)])
def test_a_lock_that_is_none_is_refused(tagged: Tagged, content: bytes) -> None:
    tagged.lock.write_bytes(content)
    for words in (("gate",), ("lock",), ("lock", "--check")):
        assert_refused(attest(words[0], "-c", tagged.plan, *words[1:]), 2, "LOCK_MALFORMED")


def test_a_folder_in_the_locks_place_is_refused(tagged: Tagged) -> None:
    tagged.lock.mkdir()
    assert_refused(tagged.run(), 2, "LOCK_MALFORMED")


def test_lock_needs_a_plan() -> None:
    assert_refused(attest("lock"), 2, "CONFIG_MISSING")


def test_subjects_and_evidence_are_locked_too(tagged: Tagged) -> None:
    document = yaml.safe_load(tagged.plan.read_text())
    document["subjects"] = [SOURCE]
    document["evidence"]["sources"] = [SOURCE]
    tagged.plan.write_text(yaml.safe_dump(document))
    assert_refused(tagged.run(), 2, "TAG_UNPINNED")
    attest("lock", "-c", tagged.plan)
    ran = tagged.run()
    (subject,) = ran.document["subjects"]
    assert subject["name"] == f"{SOURCE}@sha256:{subject['digest']['sha256']}"
    assert attest("gate", "-c", tagged.plan, "oci-layout:other:v1").code == 2


def test_one_name_in_two_folders_is_two_places(tagged: Tagged, tmp_path: Path) -> None:
    """The plan's paths start at its folder, those of the command line where the user stands."""
    wanted = tagged.publish("1.4.0")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = Layout()
    subject = other.add_manifest([Layer(b"app", "application/octet-stream")])
    other.tag("stable", subject)
    other.write(elsewhere / "policies")
    words = ("gate", "-c", tagged.plan, "--allow-tag", "-o", "json", SOURCE)
    ran = attest(*words, cwd=elsewhere)
    assert f"{SOURCE}@{subject}" in [one["name"] for one in ran.document["subjects"]]
    assert [one["source"] for one in ran.document["policies"]] == [f"{SOURCE}@{wanted}"]


def test_the_lock_speaks_of_layouts_in_the_plans_folder(tagged: Tagged, tmp_path: Path) -> None:
    """A subject is its digest: a locked one would be another than the one that is named."""
    document = yaml.safe_load(tagged.plan.read_text())
    document["evidence"]["sources"].append(SOURCE)
    del document["subjects"]
    tagged.plan.write_text(yaml.safe_dump(document))
    attest("lock", "-c", tagged.plan)
    words = ("gate", "-c", tagged.plan, "-o", "json", SOURCE)
    here = attest(*words, cwd=tagged.plan.parent)
    (subject,) = here.document["subjects"]
    assert subject["name"].startswith(f"{SOURCE}@sha256:")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert_refused(attest(*words, cwd=elsewhere), 2, "TAG_UNPINNED")
