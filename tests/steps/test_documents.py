"""Documents name no subject themselves: the plan says what they are about."""

from __future__ import annotations

import json

import pytest

from attest.errors import UsageError
from fixtures.making.case import pinned
from fixtures.making.evidence import SARIF, about, by_scanner, scan
from fixtures.making.world import ISSUER, OTHER_APP, SCAN, box
from tests.gate import (
    CLEAN,
    OTHER,
    PASSES,
    SUBJECT,
    Gate,
    chainloop,
    only_evidence,
)


def test_a_signature_over_the_subject_needs_a_role_where_it_is_a_document_too(gate: Gate) -> None:
    gate.evidence(box.sign_blob(b"{}", identity=SCAN, issuer=ISSUER))
    gate.case.files["doc.json"] = b"{}"
    gate.plan["subjects"] = ["doc.json"]
    gate.plan["evidence"]["documents"] = [
        {"path": "doc.json", "kind": "UNKNOWN", "sha256": pinned(b"{}")}
    ]
    gate.require("SIGNATURE")
    assert gate.run().reason.code == "SIGNER_ROLE"


def test_a_signature_beside_a_document_is_no_evidence_of_its_own(gate: Gate) -> None:
    gate.evidence(CLEAN, box.sign_blob(b"{}", identity=SCAN, issuer=ISSUER))
    gate.case.files["doc.json"] = b"{}"
    gate.plan["evidence"]["documents"] = [
        {"path": "doc.json", "kind": "UNKNOWN", "sha256": pinned(b"{}")}
    ]
    gate.require()
    report = gate.run()
    assert report.exit_code == 0
    assert [line.relates_to for line in report.evidence] == [(SUBJECT,), (SUBJECT,), ()]


def test_a_document_is_about_the_subjects_that_the_plan_names(gate: Gate) -> None:
    gate.another()
    gate.case.files["scan.sarif"] = document = b'{"version":"2.1.0","runs":[]}'
    gate.plan["evidence"]["documents"] = [
        {"path": "scan.sarif", "kind": "SARIF", "sha256": pinned(document), "about": [OTHER]}
    ]
    gate.policy(chainloop(PASSES))
    report = gate.run()
    assert only_evidence(report).relates_to == (OTHER,)
    assert only_evidence(report).trust.status == "pinned"
    assert [(line.subject, line.code) for line in report.results] == [
        (SUBJECT, "NO_MATERIAL"),
        (OTHER, "PASSED"),
    ]


def test_a_document_signed_beside_it(gate: Gate) -> None:
    document = b'{"version":"2.1.0","runs":[]}'
    gate.case.files |= {
        "scan.sarif": document,
        "scan.sarif.sigstore.json": box.sign_blob(document, identity=SCAN, issuer=ISSUER),
    }
    gate.plan["evidence"]["documents"] = [
        {"path": "scan.sarif", "kind": "SARIF", "signed_by": ["scanner"]}
    ]
    gate.policy(chainloop(PASSES))
    report = gate.run()
    assert report.exit_code == 0
    assert only_evidence(report).trust.status == "verified"
    gate.case.files["scan.sarif"] = document + b"\n"
    assert gate.run().exit_code == 4
    gate.case.files["scan.sarif"] = document
    gate.plan["evidence"]["documents"][0]["signed_by"] = ["ci"]
    assert gate.run().reason.code == "SIGNER_ROLE"
    del gate.case.files["scan.sarif.sigstore.json"]
    assert gate.run().reason.code == "UNSIGNED"
    gate.case.files["scan.sarif.sigstore.json/a-file"] = b""
    unread = gate.run()
    assert (unread.exit_code, unread.reason.code) == (2, "FILE_NOT_REGULAR")


def test_a_pinned_document_that_changed_is_refused(gate: Gate) -> None:
    gate.case.files["scan.sarif"] = b"{}"
    gate.plan["evidence"]["documents"] = [
        {"path": "scan.sarif", "kind": "SARIF", "sha256": pinned(b"{ }")}
    ]
    gate.require()
    assert gate.run().reason.code == "PIN_MISMATCH"


def test_an_attestation_beside_a_document_is_not_its_signature(gate: Gate) -> None:
    """What the scanner said about another artifact must not become a word about this one."""
    said = about(SARIF, scan(), OTHER_APP)
    gate.case.files |= {"said.json": said, "said.json.sigstore.json": by_scanner(said)}
    gate.plan["evidence"]["documents"] = [
        {"path": "said.json", "kind": "SARIF", "signed_by": ["scanner"]}
    ]
    gate.require()
    report = gate.run()
    assert report.exit_code == 4
    assert only_evidence(report).trust.code == "ATTESTATION_NOT_SIGNATURE"


def test_a_subject_called_all_is_one_subject(gate: Gate) -> None:
    gate.case.files |= {"all": b"x", "doc.sarif": b'{"version":"2.1.0","runs":[]}'}
    gate.plan["subjects"].append("all")
    pin = pinned(gate.case.files["doc.sarif"])
    document = {"path": "doc.sarif", "kind": "SARIF", "sha256": pin, "about": ["all"]}
    gate.plan["evidence"]["documents"] = [document]
    gate.policy(chainloop(PASSES))
    assert only_evidence(gate.run()).relates_to == ("all",)


def test_a_document_about_nobody_here(gate: Gate) -> None:
    document = json.dumps(scan()).encode()
    gate.case.files["scan.sarif"] = document
    gate.plan["evidence"]["documents"] = [
        {"path": "scan.sarif", "kind": "SARIF", "sha256": pinned(document), "about": ["dist/x"]}
    ]
    gate.require()
    with pytest.raises(UsageError) as caught:
        gate.run()
    assert (caught.value.code, caught.value.exit_code) == ("ABOUT_UNKNOWN", 2)
    assert "evidence.documents[0].about" in str(caught.value.where)
