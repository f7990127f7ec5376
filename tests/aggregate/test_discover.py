"""What the gate tells a policy about a digest: what it verified, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.aggregate.discover import discover
from attest.model.digest import Digest
from attest.model.material import Kind, Problem
from tests.aggregate.make import APP, OTHER, material, piece

CHAINLOOP = "chainloop.dev/attestation/v0.2"
SCAN = piece(material(name="scanner", document=b"1"), "scan")
BOM = piece(material(Kind.SBOM_CYCLONEDX_JSON, signer="ci", document=b"2"), "bom")
FOREIGN = piece(material(about=OTHER, document=b"3"), "foreign")
REFUSED = piece(material(document=b"4"), problem=Problem("SIGNER_ROLE", "", ""))
PIECES = (SCAN, BOM, FOREIGN, REFUSED)


def ask(digest: object, kind: str = "", pieces: Any = PIECES) -> Any:
    request = json.dumps({"digest": str(digest), "kind": kind}).encode()
    return json.loads(discover(request, (APP, OTHER), pieces))


def attestation(document: object) -> Any:
    return piece(
        material(
            Kind.UNKNOWN,
            predicate_type=CHAINLOOP,
            document=json.dumps({"predicate": document}).encode(),
        )
    )


def test_an_artifact_and_the_evidence_about_it() -> None:
    found = ask(APP.digests[0])
    assert (found["digest"], found["kind"]) == (str(APP.digests[0]), "ARTIFACT")
    assert [(one["kind"], one["digest"], one["metadata"]) for one in found["references"]] == [
        ("SARIF", str(SCAN.artifact.digest), {"name": "scanner", "signers": "scan"}),
        ("SBOM_CYCLONEDX_JSON", str(BOM.artifact.digest), {"signers": "ci"}),
    ]
    assert found.keys() == {
        "digest", "kind", "downloadable", "public", "references", "metadata", "annotations"
    }  # fmt: skip


def test_evidence_and_the_artifacts_that_it_is_about() -> None:
    found = ask(SCAN.artifact.digest)
    assert found["kind"] == "SARIF"
    assert [one["digest"] for one in found["references"]] == [str(APP.digests[0])]


@pytest.mark.parametrize(
    "digest",
    [Digest.of(b"stranger"), REFUSED.artifact.digest, "sha256:00", "", "no digest", "md5:00"],
)
def test_nothing_else_is_known(digest: object) -> None:
    assert ask(digest) is None


def test_a_kind_narrows() -> None:
    assert ask(SCAN.artifact.digest, "SARIF") is not None
    assert ask(SCAN.artifact.digest, "ATTESTATION") is None


@pytest.mark.parametrize(
    ("predicate", "violations"),
    [
        ({"policyEvaluations": {"sbom": [{"name": "a", "violations": []}]}}, "false"),
        ({"policyEvaluations": {}}, "false"),
        ({"policyEvaluations": {"sbom": [{"violations": [{"message": "no"}]}]}}, "true"),
        ({"policyEvaluations": {"sbom": [{"name": "a"}]}}, "true"),
        ({"policyEvaluations": []}, "true"),
        ({"policyEvaluationsRef": {"digest": {}}}, "true"),
        ([], "true"),
    ],
)
def test_an_attestation_of_chainloops_has_violations_unless_it_says_none(
    predicate: object, violations: str
) -> None:
    (reference,) = ask(APP.digests[0], pieces=(attestation(predicate),))["references"]
    assert reference["kind"] == "ATTESTATION"
    assert reference["metadata"]["hasPolicyViolations"] == violations


def test_the_same_every_time() -> None:
    request = json.dumps({"digest": str(APP.digests[0]), "kind": ""}).encode()
    assert len({discover(request, (APP,), PIECES) for _ in range(3)}) == 1


@settings(derandomize=True, max_examples=100)
@given(st.text(max_size=80), st.text(max_size=10))
def test_whatever_a_policy_asks_is_answered(digest: str, kind: str) -> None:
    assert ask(digest, kind) is None
