"""The demo, its policies in a real registry on loopback instead of a folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from attest.author.layout import Layout
from attest.cli import main
from fixtures.making import policies
from fixtures.making.demo import POLICIES
from fixtures.making.world import box, policy_team
from tests.e2e.registries import Repository

DEMO = Path(__file__).parents[2] / "fixtures" / "demo"

pytestmark = pytest.mark.registry


@pytest.fixture
def source(repository: Repository, tmp_path: Path) -> str:
    """The demo's policy bundle in a registry, with and without referrers API; its reference."""
    made = Layout()
    digest = policies.bundle(made, policies.source(*POLICIES))
    made.attach_by_tag(digest, box.sign_blob(policies.manifest(made, digest), key=policy_team))
    made.write(tmp_path / "layout")
    repository.push(tmp_path / "layout")
    return repository.reference(digest)


def gate(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    plan = str(folder / "attest.yaml")
    with pytest.raises(SystemExit) as left:
        main(["gate", "-c", plan, "-o", "json", "--reproducible", "--at", "2026-06-01T00:00:00Z"])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert isinstance(left.value.code, int)
    return left.value.code, report


def copy_of_the_demo(folder: Path) -> Path:
    shutil.copytree(DEMO, folder / "demo")
    plan = folder / "demo" / "attest.yaml"
    plan.write_text(plan.read_text() + "allow_at: true\n")
    return plan


def test_a_bundle_from_a_registry_gives_the_report_that_the_layout_gives(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = copy_of_the_demo(tmp_path)
    pinned = source.rpartition("@")[2]
    text = plan.read_text()
    assert f"oci-layout:policies@{pinned}" in text, "the same bundle, by the same digest"
    from_layout = gate(tmp_path / "demo", capsys)
    plan.write_text(text.replace(f"oci-layout:policies@{pinned}", source))
    from_registry = gate(tmp_path / "demo", capsys)
    assert from_layout[0] == from_registry[0] == 0
    for _, report in (from_layout, from_registry):
        for line in report["policies"]:
            assert line.pop("source").endswith(pinned)
        del report["plan"]
    assert from_layout[1] == from_registry[1]


def test_a_bundle_that_is_not_there_is_no_pass(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = copy_of_the_demo(tmp_path)
    missing = source.rpartition(":")[0] + ":" + "0" * 64
    pinned = source.rpartition("@")[2]
    plan.write_text(plan.read_text().replace(f"oci-layout:policies@{pinned}", missing))
    code, report = gate(tmp_path / "demo", capsys)
    assert (code, report["reason"]["code"]) == (5, "NOT_FOUND")
