"""``attest inspect`` on a policy bundle."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.making import policies
from tests.cli.command import attest

DEMO = Path(__file__).parents[2] / "fixtures" / "demo"


@pytest.fixture
def reference() -> str:
    plan = (DEMO / "attest.yaml").read_text()
    return next(word for word in plan.split() if word.startswith("oci-layout:"))


def test_a_bundle_in_a_layout(reference: str) -> None:
    ran = attest("inspect", "-o", "json", reference, cwd=DEMO)
    shown = ran.document
    assert (ran.code, shown["what"], shown["verified"]) == (0, "policy bundle", False)
    assert reference.endswith(shown["digest"])
    assert shown["attached"] == 1
    assert shown["claims"]["version"] == policies.ANNOTATIONS["org.opencontainers.image.version"]
    engines = {policy["name"]: policy["engine"] for policy in shown["policies"]}
    assert engines["scan-findings"] == "rego"
    assert engines["sbom-licenses"] == "extism"


def test_as_text(reference: str) -> None:
    ran = attest("inspect", reference, cwd=DEMO)
    assert ran.code == 0
    assert "policy built-by-ci  (rego)  for SLSA_PROVENANCE" in ran.out
    assert "Nothing of this is verified." in ran.out


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "p.rego").write_text("package p\n\nallow := true\n")
    (tmp_path / "q.wasm").write_bytes(b"\0asm\1\0\0\0")
    ran = attest("inspect", "-o", "json", f"dir:{tmp_path}", cwd=tmp_path)
    assert ran.code == 0
    found = {policy["name"]: policy["engine"] for policy in ran.document["policies"]}
    assert "rego" in found.values()
    assert any(engine.startswith("none: ENGINE_UNKNOWN") for engine in found.values())


def test_what_is_no_bundle(tmp_path: Path) -> None:
    ran = attest("inspect", f"dir:{tmp_path}", cwd=tmp_path)
    assert ran.code == 1
    assert "POLICY_BUNDLE_EMPTY" in ran.out
    assert attest("inspect", f"dir:{tmp_path}/none", cwd=tmp_path).code == 2


def test_a_policy_as_source_and_program(tmp_path: Path) -> None:
    for name, content in policies.two_forms().items():
        (tmp_path / name).write_bytes(content)
    ran = attest("inspect", "-o", "json", f"dir:{tmp_path}", cwd=tmp_path)
    (policy,) = ran.document["policies"]
    assert (policy["engine"], policy["files"]) == ("opa-wasm", ["verdict.rego", "policy.wasm"])
    assert policy["program"]["entrypoints"] == "release/allow, release/deny"
    assert "must agree" in policy["program"]["source"]
    (tmp_path / "verdict.rego").unlink()
    ran = attest("inspect", f"dir:{tmp_path}", cwd=tmp_path)
    assert "    source          none\n" in ran.out
