"""Signers that are several, in the gate: two of three must have signed the same bytes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from attest.testing import sign_envelope, statement
from fixtures.making import policies
from fixtures.making.evidence import SARIF, SLSA, about, scan
from fixtures.making.expected import by_release, from_source
from fixtures.making.policies import source
from fixtures.making.world import APP, ISSUER, NOW, box
from tests.gate import ALLOW, PASSES, SUBJECT, Gate, chainloop, only_evidence, refusals, waiver

NAMES = ("alice", "bob", "carol")
KEYS = {name: box.key_pair(name) for name in NAMES}
CLEAN = about(SARIF, scan("py/debug-left-in"))
AGAIN = statement({"app.tar.gz": APP}, SARIF, scan("py/debug-left-in")) + b" "


@pytest.fixture
def two(gate: Gate) -> Gate:
    """A gate that wants scans by two of three keys."""
    for name, pair in KEYS.items():
        gate.key(name, pair)
    gate.plan["trust"]["signers"]["two"] = {"threshold": 2, "of": list(NAMES)}
    gate.plan["evidence"]["accept"] = [{"kinds": ["SARIF"], "signed_by": ["two"]}]
    gate.require(signed_by=["two"])
    gate.policy(source("scan-findings"))
    return gate


def by(*names: str, payload: bytes = CLEAN) -> bytes:
    return sign_envelope(payload, *(KEYS[name] for name in names))


def test_two_in_one_envelope(two: Gate) -> None:
    two.evidence(by("alice", "bob"))
    report = two.run()
    assert (report.exit_code, report.reason.code) == (0, "PASSED")
    names = [signer.name for signer in only_evidence(report).trust.signers]
    assert names == ["alice", "bob", "two", "two"]


def test_two_in_two_files(two: Gate) -> None:
    two.evidence(by("alice"), box.sign_statement(CLEAN, key=KEYS["carol"]))
    report = two.run()
    assert (report.exit_code, refusals(report)) == (0, {})
    assert [line.relates_to for line in report.evidence] == [(SUBJECT,), (SUBJECT,)]


def test_one_is_too_few(two: Gate) -> None:
    two.evidence(by("alice"))
    report = two.run()
    assert (report.exit_code, report.reason.code) == (4, "THRESHOLD_UNMET")


def test_two_that_signed_different_bytes(two: Gate) -> None:
    two.evidence(by("alice"), by("bob", payload=AGAIN))
    report = two.run()
    assert report.exit_code == 4
    assert refusals(report) == {"1.json": "THRESHOLD_PAYLOADS", "2.json": "THRESHOLD_PAYLOADS"}


@pytest.mark.parametrize(
    ("alice", "code"),
    [
        ({"identity": "alice@example.org", "at": NOW}, "PASSED"),
        ({"identity": "alice@example.org", "at": NOW - timedelta(days=10)}, "EVIDENCE_TOO_OLD"),
        ({"key": KEYS["alice"], "tlog": False, "timestamp": False}, "AGE_UNPROVEN"),
    ],
)
def test_a_second_signature_makes_the_first_no_younger(
    two: Gate, alice: dict[str, Any], code: str
) -> None:
    undated = scan("py/debug-left-in")
    undated["runs"][0]["invocations"] = [{"executionSuccessful": True}]
    signers = two.plan["trust"]["signers"]
    for name in ("alice", "bob") if "identity" in alice else ("bob",):
        signers[name] = {**signers["scanner"], "identity": f"{name}@example.org"}
    two.plan["evidence"]["required"] = []
    two.require(signed_by=["two"], max_age="1d")
    payload = about(SARIF, undated)
    two.evidence(
        box.sign_statement(payload, issuer=ISSUER, **alice),
        box.sign_statement(payload, identity="bob@example.org", issuer=ISSUER, at=NOW),
    )
    assert two.run().reason.code == code


def test_one_key_under_two_names(two: Gate) -> None:
    two.key("bob", KEYS["alice"])
    two.evidence(by("alice"))
    report = two.run()
    assert (report.exit_code, report.reason.code) == (4, "THRESHOLD_PRINCIPALS")


def test_one_key_in_two_files(two: Gate) -> None:
    two.evidence(by("alice"), box.sign_statement(CLEAN, key=KEYS["alice"]))
    report = two.run()
    assert (report.exit_code, report.reason.code) == (4, "THRESHOLD_PRINCIPALS")


def test_one_signature_twice(two: Gate) -> None:
    two.evidence(by("alice", "alice"))
    report = two.run()
    assert (report.exit_code, report.reason.code) == (4, "SIGNATURE_REPEATED")


def test_a_stranger_is_no_second(two: Gate) -> None:
    two.evidence(sign_envelope(CLEAN, KEYS["alice"], box.key_pair("mallory")))
    report = two.run()
    assert (report.exit_code, report.reason.code) == (4, "THRESHOLD_UNMET")


def test_a_requirement_asks_for_more_than_the_role(two: Gate) -> None:
    two.plan["evidence"]["accept"] = [{"kinds": ["SARIF"], "signed_by": ["alice"]}]
    two.evidence(by("alice"))
    assert two.run().exit_code != 0
    two.evidence(by("bob"))
    assert two.run().exit_code != 0  # bob alone has no role; alice's piece meets both
    two.plan["evidence"]["accept"] = [{"kinds": ["SARIF"], "signed_by": ["two"]}]
    assert two.run().exit_code == 0


def test_another_signer_is_told_as_before(two: Gate) -> None:
    two.evidence(sign_envelope(CLEAN, box.key_pair("policy team")))
    report = two.run()
    assert (report.exit_code, report.reason.code) == (4, "SIGNER_ROLE")


def test_waivers_by_two(two: Gate) -> None:
    for name in ("dora", "emil"):
        two.key(name, box.key_pair(name))
    two.plan["trust"]["signers"]["board"] = {"threshold": 2, "of": ["dora", "emil"]}
    two.evidence(by("alice", "bob", payload=about(SARIF, scan("py/sql-injection"))))
    two.waive(waiver(signer=box.key_pair("dora")), signed_by=["board"], allow_rule_wide=True)
    assert two.run().exit_code == 4
    two.case.files["waivers/2.json"] = waiver(signer=box.key_pair("emil"))
    report = two.run()
    assert (report.exit_code, report.summary.waived) == (0, 1)


def test_who_counts_as_evidence_signer_may_not_waive(two: Gate) -> None:
    """Carol has signed nothing here; the plan lets her, so she may not excuse."""
    two.evidence(by("alice", "bob", payload=about(SARIF, scan("py/sql-injection"))))
    two.waive(waiver(signer=KEYS["carol"]), signed_by=["carol"], allow_rule_wide=True)
    assert "WAIVER_SELF_APPROVED" in refusals(two.run(now=NOW + timedelta(hours=1))).values()


def test_policies_by_two(gate: Gate) -> None:
    for name, pair in KEYS.items():
        gate.key(name, pair)
    gate.plan["trust"]["signers"]["two"] = {"threshold": 2, "of": list(NAMES)}
    digest = policies.bundle(gate.case.layout, ALLOW)
    manifest = policies.manifest(gate.case.layout, digest)
    gate.plan["policies"].append(
        {"source": f"oci-layout:policies@{digest}", "signed_by": ["two"], "on_skip": "pass"}
    )
    gate.case.layout.attach(digest, box.sign_blob(manifest, key=KEYS["alice"]))
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (4, "THRESHOLD_UNMET")
    gate.case.layout.attach(digest, box.sign_blob(manifest, key=KEYS["bob"]))
    names = [signer.name for signer in gate.run().policies[0].trust.signers]
    assert sorted(names)[1:] == ["two", "two"]
    assert set(names) & {"alice", "bob"}


def test_a_document_by_two(gate: Gate) -> None:
    for name, pair in KEYS.items():
        gate.key(name, pair)
    gate.plan["trust"]["signers"]["two"] = {"threshold": 2, "of": list(NAMES)}
    document = b'{"version":"2.1.0","runs":[]}'
    gate.case.files["scan.sarif"] = document
    gate.plan["evidence"]["documents"] = [
        {"path": "scan.sarif", "kind": "SARIF", "signed_by": ["two"]}
    ]
    gate.policy(chainloop(PASSES))
    signed = [box.sign_blob(document, key=KEYS[name]) for name in ("alice", "bob")]
    gate.case.files["scan.sarif.sigstore.json"] = signed[0]
    assert only_evidence(gate.run()).trust.code == "THRESHOLD_UNMET"
    gate.case.files["scan.sarif.sigstore.json"] = b"\n".join(signed)
    assert gate.run().exit_code == 0
    gate.case.files["scan.sarif.sigstore.json"] = b"\n".join([signed[0], signed[0]])
    assert only_evidence(gate.run()).trust.code == "THRESHOLD_PRINCIPALS"


def test_who_counts_towards_a_threshold_meets_no_expectation_for_others(gate: Gate) -> None:
    """Whoever may not say it proves nothing about what is said, whatever else was signed by it."""
    gate.key("carol", KEYS["carol"])
    gate.plan["trust"]["signers"]["both"] = {"threshold": 2, "of": ["ci", "carol"]}
    gate.plan["evidence"] = {
        "sources": [{"source": "dir:evidence", "on_refused": "warn"}],
        "accept": [{"kinds": ["SLSA_PROVENANCE"], "signed_by": ["ci"]}],
        "required": [
            {"kind": "SLSA_PROVENANCE", "expect": {"slsa_source": "github.com/example/app"}}
        ],
    }
    said = from_source()
    stray = {"source_repository_uri": "https://github.com/example/fork"}
    gate.evidence(
        by_release(said, **stray), box.sign_statement(about(SLSA, said), key=KEYS["carol"])
    )
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (4, "PROVENANCE_DISAGREES")
