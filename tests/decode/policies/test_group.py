"""Chainloop's PolicyGroup, field by field, and what it makes of the bundle around it."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.decode.policies import policies_from
from attest.decode.policies.group import read_group
from attest.errors import DecodeError
from attest.model.digest import Digest
from attest.model.policy import Claims, File, Input, Policy
from tests.decode.making import refused

VERSION = "workflowcontract.chainloop.dev/v1"
REF: dict[str, Any] = {"ref": "file://cve.yaml"}
CVE: dict[str, Any] = {
    "apiVersion": VERSION,
    "kind": "Policy",
    "metadata": {"name": "cve", "annotations": {"version": "2"}, "findingType": "VULNERABILITY"},
    "spec": {
        "inputs": [{"name": "severity", "required": True}, {"name": "mail"}],
        "policies": [
            {"kind": "SARIF", "path": "sarif.rego"},
            {"kind": "SBOM_CYCLONEDX_JSON", "embedded": "package sbom"},
        ],
    },
}
INPUTS = [{"name": "level", "required": True}, {"name": "user", "default": "jo"}]
WITH = {"severity": "{{ inputs.level }}", "mail": "{{inputs.user}}@example.org"}


def group(materials: Any = None, *, inputs: Any = None, **policies: Any) -> dict[str, Any]:
    given_ = [{"type": "SARIF", "policies": [REF | {"with": WITH}]}]
    spec: dict[str, Any] = {"policies": {"materials": given_ if materials is None else materials}}
    spec["policies"] |= policies
    spec["inputs"] = INPUTS if inputs is None else inputs
    metadata = {"name": "team", "description": "d"}
    return {"apiVersion": VERSION, "kind": "PolicyGroup", "metadata": metadata, "spec": spec}


def attached(**changes: Any) -> dict[str, Any]:
    return group([{"type": "SARIF", "policies": [REF | {"with": WITH} | changes]}])


def read(document: Any, cve: Any = CVE, **more: Any) -> tuple[Policy, ...]:
    found = {"group.yaml": document, "cve.yaml": cve, **more}
    files = [File(path, json.dumps(content).encode()) for path, content in found.items()]
    return policies_from([*files, File("sarif.rego", b"package sarif")], Claims())


def test_a_group_asks_its_policies_for_its_materials() -> None:
    (policy,) = read(group())
    assert policy.name == "team/cve/SARIF"
    assert policy.kinds == ("SARIF",)
    assert policy.chainloop
    assert policy.finding_type == "VULNERABILITY"
    assert policy.claims == Claims(version="2", description="d")
    assert [file.path for file in policy.code] == ["sarif.rego"]
    assert policy.attachment is not None
    assert policy.attachment.group == "team"
    assert policy.attachment.inputs == (Input("level", required=True), Input("user", default="jo"))
    assert dict(policy.attachment.arguments) == WITH


def test_both_spellings_and_what_changes_nothing_are_read() -> None:
    material = {
        "name": "sbom-{{ inputs.user }}",
        "type": "SARIF",
        "optional": True,
        "match_mode": "PREFIX",
        "policies": [
            REF | {"with": WITH, "requirements": ["a/b"], "gate": True, "disabled": False}
        ],
    }
    assert len(read(group([material]))) == 1


def test_without_a_type_every_script_is_asked() -> None:
    found = read(group([{"policies": [REF | {"with": WITH}]}]))
    assert [policy.kinds for policy in found] == [("SARIF",), ("SBOM_CYCLONEDX_JSON",)]
    assert len({policy.declared for policy in found}) == 1


def test_a_script_without_a_kind_takes_the_material_s() -> None:
    anything = CVE | {"spec": {"path": "sarif.rego"}}
    (policy,) = read(group([{"type": "SARIF", "policies": [REF]}]), anything)
    assert policy.kinds == ("SARIF",)


def test_attestation_policies_are_asked_about_attestations() -> None:
    other = CVE | {"spec": {"policies": [{"kind": "ATTESTATION", "path": "sarif.rego"}]}}
    (policy,) = read(group([], attestation=[REF]), other)
    assert (policy.name, policy.kinds) == ("team/cve", ("ATTESTATION",))


def test_a_policy_may_stand_in_the_group_itself() -> None:
    one = {"type": "SARIF", "policies": [{"embedded": CVE, "with": WITH}]}
    files = [
        File("group.yaml", json.dumps(group([one])).encode()),
        File("sarif.rego", b"package sarif"),
    ]
    (policy,) = policies_from(files, Claims())
    assert policy.name == "team/cve/SARIF"
    wrong = one | {"policies": [{"embedded": CVE | {"kind": "PolicyGroup"}}]}
    error = refused("POLICY_INVALID", read_group, group([wrong]))
    assert "/spec/policies/materials/0/policies/0/embedded/kind" in error.message


def test_the_same_policy_twice_is_asked_twice() -> None:
    twice = [REF | {"with": {"severity": level}} for level in ("low", "high")]
    found = read(group([{"type": "SARIF", "policies": twice}]))
    assert [policy.name for policy in found] == ["team/cve/SARIF", "team/cve/2/SARIF"]
    assert len({policy.declared for policy in found}) == 2


def test_a_policy_that_no_group_uses_is_asked_by_itself() -> None:
    alone = CVE | {"metadata": {"name": "alone"}, "spec": {"embedded": "package a"}}
    found = read(group(), **{"alone.yaml": alone})
    assert [policy.name for policy in found] == ["team/cve/SARIF", "alone"]
    assert found[1].attachment is None


@pytest.mark.parametrize(
    "ref", ["cve.yaml", "./cve.yaml", "file://cve.yaml", "cve", "cve@sha256:HEX"]
)
def test_a_reference_means_a_policy_of_the_bundle(ref: str) -> None:
    pinned = ref.replace("HEX", Digest.of(json.dumps(CVE).encode()).value)
    assert len(read(attached(ref=pinned))) == 1


@pytest.mark.parametrize("scheme", ["https://example.org/cve.yaml", "chainloop://x:org/cve"])
def test_a_reference_elsewhere_is_met_by_its_digest_alone(scheme: str) -> None:
    digest = Digest.of(json.dumps(CVE).encode()).value
    assert len(read(attached(ref=f"{scheme}@sha256:{digest}"))) == 1
    for ref in (scheme, f"{scheme}@sha256:{'0' * 64}"):
        refused("REF_UNPINNED", read, attached(ref=ref))


@pytest.mark.parametrize(
    "ref", ["other", "other.yaml", "../cve.yaml", f"cve@sha256:{'0' * 64}", "/cve.yaml"]
)
def test_a_reference_to_nothing_is_refused(ref: str) -> None:
    refused("REF_UNPINNED", read, attached(ref=ref))


def test_a_reference_to_something_else_is_refused() -> None:
    refused("POLICY_INVALID", read, attached(ref="sarif.rego"))
    refused("POLICY_INVALID", read, attached(ref="group.yaml"))


UNSUPPORTED: dict[str, dict[str, Any]] = {
    "disabled": attached(disabled=True),
    "not a gate": attached(gate=False),
    "selector": attached(selector={"name": "sbom"}),
    "template": attached(**{"with": WITH | {"mail": "{{ if .inputs.user }}x{{ end }}"}}),
    "two names": group([{"type": "SARIF", "name": n, "policies": [REF]} for n in ("a", "b")]),
    "no policies": group([{"type": "SARIF", "name": "a"}]),
}


@pytest.mark.parametrize("case", UNSUPPORTED)
def test_what_would_relax_a_check_or_cannot_be_told_is_refused(case: str) -> None:
    refused("POLICY_UNSUPPORTED", read, UNSUPPORTED[case])


INVALID: dict[str, dict[str, Any]] = {
    "unknown field": attached(disable=True),
    "no policy": attached(ref=None),
    "ref and embedded": attached(embedded=CVE),
    "disabled is text": attached(disabled="true"),
    "number as argument": attached(**{"with": WITH | {"severity": 7}}),
    "input that the group lacks": attached(**{"with": WITH | {"mail": "{{ inputs.usr }}"}}),
    "input that the policy lacks": attached(**{"with": WITH | {"sverity": "x"}}),
    "input that the policy requires": attached(**{"with": {}}),
    "name without a type": group([{"name": "a", "policies": [REF]}]),
    "name of an unknown input": group(
        [{"type": "SARIF", "name": "{{ inputs.x }}", "policies": [REF]}]
    ),
    "unknown type": group([{"type": "SARIFF", "policies": [REF]}]),
    "no script for the type": group([{"type": "OPENVEX", "policies": [REF | {"with": WITH}]}]),
    "match mode": group([{"type": "SARIF", "matchMode": "GLOB", "policies": [REF]}]),
    "nothing": group([]),
    "no policies key": {k: {"inputs": []} if k == "spec" else v for k, v in group().items()},
    "requirements": attached(requirements=[1]),
    "required with a default": group(inputs=[{"name": "level", "required": True, "default": "x"}]),
    "attestation kind": group([], attestation=[REF | {"with": WITH}]),
}


@pytest.mark.parametrize("case", INVALID)
def test_what_makes_no_sense_is_refused(case: str) -> None:
    assert refused("POLICY_INVALID", read, INVALID[case]).where


def test_two_declarations_of_one_name_are_refused() -> None:
    refused("POLICY_INVALID", read, group(), **{"again.yaml": CVE})


def test_code_that_neither_group_nor_policy_names_is_refused() -> None:
    embedded = CVE | {"spec": {"embedded": "package a"}}
    found = {"cve.yaml": json.dumps(embedded), "cve-0.rego": "package never"}
    files = [File(path, text.encode()) for path, text in found.items()]
    refused("POLICY_UNREFERENCED", policies_from, files, Claims())


VALUES = st.recursive(
    st.none() | st.booleans() | st.sampled_from(["", "SARIF", "cve", "{{ inputs.level }}", "{{"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["type", "name", "policies", "ref", "with", "embedded", "gate"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(VALUES, VALUES)
def test_any_group_is_read_or_refused(materials: Any, inputs: Any) -> None:
    with contextlib.suppress(DecodeError):
        assert read(group(materials, inputs=inputs))
