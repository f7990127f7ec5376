"""Chainloop's policy.yaml: accepted unchanged, checked field by field."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.decode.policies import chainloop
from attest.errors import DecodeError
from attest.model.policy import Input
from tests.decode.making import refused

SPEC: dict[str, Any] = {"policies": [{"kind": "SARIF", "path": "p.rego"}]}


def declaration(spec: Any = SPEC, metadata: Any = None, **changes: Any) -> dict[str, Any]:
    return {
        "apiVersion": "chainloop.dev/v1",
        "kind": "Policy",
        "metadata": metadata or {"name": "p"},
        "spec": spec,
    } | changes


def read(spec: Any = SPEC, metadata: Any = None, **changes: Any) -> chainloop.Declared:
    return chainloop.read(declaration(spec, metadata, **changes))


def test_everything_that_a_policy_may_say() -> None:
    found = read(
        {
            "policies": [
                {"kind": "SARIF", "path": "a.rego", "attestationPhases": ["PUSH"]},
                {"embedded": "package b", "attestation_phases": ["INIT", "PUSH"]},
                {"kind": "TEST_RESULT", "ref": "c.wasm"},
            ],
            "inputs": [
                {"name": "severity", "description": "d", "default": "high"},
                {"name": "ignore", "required": True},
            ],
            "autoMatch": {"path": "match.rego"},
            "engine": "rego",
        },
        {
            "name": "my-policy",
            "description": "what it does",
            "annotations": {"version": "1.2", "category": "x"},
            "organization": "o",
            "finding_type": "SAST",
        },
        apiVersion="workflowcontract.chainloop.dev/v1",
    )
    assert found.scripts == (
        chainloop.Script("SARIF", "path", "a.rego"),
        chainloop.Script(None, "embedded", "package b"),
        chainloop.Script("TEST_RESULT", "ref", "c.wasm"),
    )
    assert found.inputs == (Input("severity", default="high"), Input("ignore", required=True))
    assert found.auto_match == chainloop.Script(None, "path", "match.rego")
    assert (found.name, found.description, found.version, found.engine) == (
        "my-policy",
        "what it does",
        "1.2",
        "rego",
    )


@pytest.mark.parametrize("source", ["path", "embedded"])
def test_the_single_form_is_read(source: str) -> None:
    found = read({source: "x.rego", "type": "SARIF"})
    assert found.scripts == (chainloop.Script("SARIF", source, "x.rego"),)


@pytest.mark.parametrize(
    "document",
    [
        declaration(apiVersion="chainloop.dev/v2"),
        declaration(apiVersion=None),
        declaration(status={}),
        declaration(metadata={"name": "Upper"}),
        declaration(metadata={"name": "p-"}),
        declaration(metadata={"name": 5}),
        declaration(metadata={"name": "p", "lables": {}}),
        declaration(metadata={"name": "p", "annotations": {"version": 1.0}}),
        declaration(metadata={"name": "p", "annotations": {"category": 5}}),
        declaration(metadata={"name": "p", "findingType": "OTHER"}),
        declaration(spec=None),
        declaration({}),
        declaration({"policies": []}),
        declaration(SPEC | {"path": "x.rego"}),
        declaration({"path": "x.rego", "embedded": "package x"}),
        declaration({"policies": [{"kind": "SARIF"}]}),
        declaration({"policies": [{"path": "a", "embedded": "b"}]}),
        declaration({"policies": [{"path": ""}]}),
        declaration({"policies": [{"path": "a", "kind": "SARIFF"}]}),
        declaration({"policies": [{"path": "a", "kind": "ARTIFACT"}]}),
        declaration({"policies": [{"path": "a", "kind": ["SARIF"]}]}),
        declaration({"policies": [{"path": "a", "attestationPhases": ["LATER"]}]}),
        declaration({"policies": ["a.rego"]}),
        declaration({"policies": {"path": "a"}}),
        declaration(SPEC | {"inputs": [{"name": "1a"}]}),
        declaration(SPEC | {"inputs": [{"name": "a", "required": "yes"}]}),
        declaration(SPEC | {"inputs": [{"name": "a", "required": 1}]}),
        declaration(SPEC | {"inputs": [{"name": "a", "default": 5}]}),
        declaration(SPEC | {"inputs": [{"name": "a", "required": True, "default": "x"}]}),
        declaration(SPEC | {"inputs": [{"name": "a"}, {"name": "a"}]}),
        declaration(SPEC | {"autoMatch": {}}),
        declaration(SPEC | {"autoMatch": {"path": "a"}, "auto_match": {"path": "a"}}),
        declaration(SPEC | {"capabilities": {"http": ["example.org"]}}),
        declaration(SPEC | {"engine": 5}),
    ],
)
def test_what_makes_no_sense_is_refused(document: dict[str, Any]) -> None:
    refused("POLICY_INVALID", chainloop.read, document)


def test_the_nearest_known_field_is_named() -> None:
    assert "'inputs'" in refused("POLICY_INVALID", read, SPEC | {"input": []}).message


@pytest.mark.parametrize(
    "document",
    [
        declaration(kind="Contract"),
        {"schemaVersion": "v1", "materials": []},
        {"schemaVersion": "v1", "policies": {}},
        {"schemaVersion": "v1", "policyGroups": []},
    ],
)
def test_a_contract_is_refused_as_what_it_is(document: dict[str, Any]) -> None:
    assert chainloop.is_declaration(document)
    assert "attest.yaml" in refused("POLICY_UNSUPPORTED", chainloop.kind_of, document).message


def test_the_finding_type_is_kept() -> None:
    assert read(metadata={"name": "p", "findingType": "SAST"}).finding_type == "SAST"
    assert read().finding_type is None


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (declaration(), True),
        ({"kind": "Policy", "spec": {}}, True),
        ({"kind": "Policy", "metadata": {}}, True),
        ({"kind": "Policy"}, False),
        ({"kind": "Policy", "apiVersion": "v2"}, True),
        ({"kind": "policy", "spec": {}}, True),
        ({"kind": "PolicyGroup", "spec": {}}, True),
        (declaration(kind="policy"), True),
        (declaration(kind=None), True),
        ({"api_version": "chainloop.dev/v9"}, True),
        ({"kind": "Contract"}, False),
        ({"kind": "Contract", "spec": {}}, True),
        ({"schemaVersion": "v1", "feed": []}, False),
        ({"kind": "ClusterPolicy", "apiVersion": "kyverno.io/v1", "spec": {}}, False),
        ({"kind": ["Policy"]}, False),
        ([], False),
        (None, False),
    ],
)
def test_what_means_to_be_a_declaration(document: Any, expected: bool) -> None:  # noqa: FBT001  # a column of the table
    assert chainloop.is_declaration(document) is expected


@pytest.mark.parametrize("changes", [{"kind": "policy"}, {"kind": None}, {"apiVersion": "v1"}])
def test_what_is_nearly_a_declaration_is_refused(changes: dict[str, Any]) -> None:
    refused("POLICY_INVALID", chainloop.read, declaration(**changes))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["SARIF", "a", "p.rego", "PUSH"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["name", "path", "kind", "policies", "inputs", "embedded"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    st.sampled_from(["apiVersion", "kind", "metadata", "spec"]),
    VALUES,
    st.dictionaries(st.sampled_from(["policies", "inputs", "autoMatch", "path"]), VALUES),
)
def test_any_document_is_read_or_refused(member: str, value: Any, spec: dict[str, Any]) -> None:
    for document in (declaration() | {member: value}, declaration(spec)):
        chainloop.is_declaration(document)
        with contextlib.suppress(DecodeError):
            assert chainloop.read(document).scripts
