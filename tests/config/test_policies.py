"""`policies:`."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from attest.model.artifact import Reference
from attest.model.digest import Digest
from attest.model.limits import Limits
from attest.model.material import Kind
from attest.plan import PinnedFile, PolicySource, Selector
from tests.config.plans import HEX, load, plan_text, policy_with, refused

PIN = Digest("sha256", HEX)
LAYOUT = f"oci-layout:policies@sha256:{HEX}"


def listed(policy: str) -> str:
    return plan_text(policies=f"policies: [{{{policy}}}]\n")


def test_a_policy_with_nothing_but_source_and_signer(tmp_path: Path) -> None:
    plan = load(tmp_path, plan_text())
    assert plan.policies == (
        PolicySource(Reference("oci-layout", "policies", PIN), "policies[0]", signed_by=("rel",)),
    )
    assert plan.weakened == ()


def test_a_policy_in_full(tmp_path: Path) -> None:
    (tmp_path / "kev.json").write_bytes(b"{}")
    pin = sha256(b"{}").hexdigest()
    keys = (
        "engine: rego, entrypoint: pkg/rule, v0_compatible: true, inputs: all, "
        "applies_to: {kinds: [SARIF], predicate_types: [https://x/v1], names: [n]}, "
        f"with: {{severity: high}}, data: [{{path: kev.json, sha256: {pin}}}], on_skip: fail, "
        "enforce: true, limits: {timeout: 10s, memory: 128MiB, fuel: 5_000}, cross_check: true"
    )
    plan = load(tmp_path, policy_with(keys))
    assert plan.policies[0] == PolicySource(
        Reference("oci-layout", "policies", PIN),
        "policies[0]",
        signed_by=("rel",),
        engine="rego",
        entrypoint="pkg/rule",
        v0_compatible=True,
        applies_to=Selector((Kind.SARIF,), ("https://x/v1",), ("n",)),
        combine=True,
        arguments={"severity": "high"},
        data=(PinnedFile("kev.json", b"{}"),),
        limits=Limits(timeout=10.0, memory=128 << 20, fuel=5000),
        cross_check=True,
    )
    assert plan.weakened == ()


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("unsigned: pinned", "CONFIG_VALUE"),
        ("egine: rego", "CONFIG_UNKNOWN_KEY"),
        ("engine: lua", "CONFIG_VALUE"),
        ("entrypoint: 'a b'", "CONFIG_VALUE"),
        ("v0_compatible: yes", "CONFIG_TYPE"),
        ("inputs: some", "CONFIG_VALUE"),
        ("applies_to: {kinds: []}", "CONFIG_VALUE"),
        ("applies_to: {kinds: [SARIFF]}", "CONFIG_VALUE"),
        ("applies_to: {kind: [SARIF]}", "CONFIG_UNKNOWN_KEY"),
        ("on_skip: never", "CONFIG_VALUE"),
        ("skip: licences", "CONFIG_TYPE"),
        ("skip: []", "CONFIG_VALUE"),
        ("enforce: no", "CONFIG_TYPE"),
        ("limits: {timeout: 10}", "DURATION_INVALID"),
        ("limits: {timeout: 2h}", "DURATION_INVALID"),
        ("limits: {memory: 128MB}", "SIZE_INVALID"),
        ("limits: {memory: 8GiB}", "SIZE_INVALID"),
        ("limits: {memory: 1KiB}", "SIZE_INVALID"),
        ("limits: {fuel: 0}", "CONFIG_VALUE"),
        ("limits: {fuel: 10_000_000_000_001}", "CONFIG_VALUE"),
        ("limits: {output: 1MiB}", "CONFIG_UNKNOWN_KEY"),
        ("data: []", "CONFIG_VALUE"),
        ("data: {schema: x}", "CONFIG_TYPE"),
        ("data: [{path: kev.json}]", "CONFIG_MISSING_KEY"),
        (f"data: [{{path: kev.json, sha256: {HEX}}}]", "CONFIG_NOT_FOUND"),
        (f"sha256: {HEX}", "CONFIG_VALUE"),
        ("expect: {slsa_source: x}", "EXPECT_MALFORMED"),
        ("cedar: {schema: x}", "UNSUPPORTED"),
    ],
)
def test_refused_keys(tmp_path: Path, keys: str, code: str) -> None:
    error = refused(tmp_path, policy_with(keys), code)
    assert error.message.startswith("policies[0]")


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ("signed_by: [rel]", "CONFIG_MISSING_KEY"),
        (f"source: '{LAYOUT}'", "CONFIG_MISSING_KEY"),
        (f"source: '{LAYOUT}', signed_by: []", "TRUST_EMPTY"),
        (f"source: '{LAYOUT}', signed_by: [rell]", "SIGNER_UNKNOWN"),
        (f"source: '{LAYOUT}', signed_by: [rel, rel]", "CONFIG_VALUE"),
        (f"source: '{LAYOUT}', signed_by: rel", "CONFIG_TYPE"),
        (f"source: '{LAYOUT}', unsigned: yes", "CONFIG_VALUE"),
        ("source: 'oci-layout:policies', signed_by: [rel]", "DIGEST_REQUIRED"),
        ("source: 'oci:h/r:v1', signed_by: [rel]", "TAG_UNPINNED"),
        ("source: p.rego, signed_by: [rel]", "DIGEST_REQUIRED"),
        ("source: p.rego, sha256: abc, signed_by: [rel]", "DIGEST_INVALID"),
        ("source: 'dir:p', signed_by: [rel]", "CONFIG_VALUE"),
        (f"source: 'dir:p', sha256: {HEX}, signed_by: [rel]", "CONFIG_VALUE"),
    ],
)
def test_refused_sources_and_signers(tmp_path: Path, policy: str, code: str) -> None:
    refused(tmp_path, listed(policy), code)


def test_an_unknown_signer_is_told_the_nearest(tmp_path: Path) -> None:
    error = refused(tmp_path, listed(f"source: '{LAYOUT}', signed_by: [rell]"), "SIGNER_UNKNOWN")
    assert error.message.startswith("policies[0].signed_by[0] (")
    assert "'rel'" in error.message


def test_a_policy_file_is_pinned_by_its_sha256(tmp_path: Path) -> None:
    plan = load(tmp_path, listed(f"source: p.rego, sha256: {HEX}, signed_by: [rel]"))
    assert plan.policies[0].source == Reference("file", "p.rego", PIN)
    assert plan.policies[0].source.base == str(tmp_path)


def test_what_relaxes_a_policy_is_weakening(tmp_path: Path) -> None:
    text = plan_text(
        policies=f"""policies:
  - {{source: '{LAYOUT}', unsigned: pinned}}
  - {{source: '{LAYOUT}', signed_by: [rel], on_skip: warn}}
  - {{source: '{LAYOUT}', signed_by: [rel], on_skip: pass, enforce: false}}
  - {{source: '{LAYOUT}', signed_by: [rel], skip: [licences]}}
"""
    )
    plan = load(tmp_path, text)
    assert [(w.option, w.where) for w in plan.weakened] == [
        ("unsigned", "policies[0].unsigned"),
        ("on_skip", "policies[1].on_skip"),
        ("on_skip", "policies[2].on_skip"),
        ("enforce", "policies[2].enforce"),
        ("skip", "policies[3].skip"),
    ]
    assert "licences" in plan.weakened[-1].effect
    assert [p.signed_by for p in plan.policies] == [(), ("rel",), ("rel",), ("rel",)]
    assert [p.on_skip for p in plan.policies] == ["fail", "warn", "pass", "fail"]
    assert [p.enforce for p in plan.policies] == [True, True, False, True]
    assert [p.skip for p in plan.policies] == [(), (), (), ("licences",)]


@pytest.mark.parametrize("where", ["plan", "policy", "command line"])
def test_a_cross_check_can_be_asked_for_in_three_places(tmp_path: Path, where: str) -> None:
    text = policy_with(f"cross_check: {'true' if where == 'policy' else 'false'}")
    text += "cross_check: true\n" if where == "plan" else ""
    assert load(tmp_path, text, cross_check=where == "command line").policies[0].cross_check
    assert not load(tmp_path, plan_text()).policies[0].cross_check


def test_a_data_file_must_have_its_hash_and_is_listed_once(tmp_path: Path) -> None:
    (tmp_path / "kev.json").write_bytes(b"{}")
    refused(
        tmp_path, policy_with(f"data: [{{path: kev.json, sha256: {HEX}}}]"), "FILE_PIN_MISMATCH"
    )
    one = f"{{path: kev.json, sha256: {sha256(b'{}').hexdigest()}}}"
    refused(tmp_path, policy_with(f"data: [{one}, {one}]"), "CONFIG_VALUE")


def test_required_evidence_alone_is_a_plan(tmp_path: Path) -> None:
    evidence = (
        "evidence: {accept: [{signed_by: [rel]}], sources: ['dir:e'], required: [{kind: SARIF}]}\n"
    )
    assert load(tmp_path, plan_text(policies="", evidence=evidence)).policies == ()


def test_an_empty_list_of_policies_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, plan_text(policies="policies: []\n"), "TRUST_EMPTY")
