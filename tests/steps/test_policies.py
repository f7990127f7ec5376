"""Policy bundles: pinned by digest, signed by whom the plan names, each one's failure its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from attest.model.digest import Digest
from attest.model.report import Report
from attest.testing import statement
from fixtures.making import policies
from fixtures.making.case import pinned
from fixtures.making.world import box, policy_team
from tests.gate import ALLOW, CLEAN, FAILS, PASSES, Gate, chainloop, results, weakened

SIGNING = "https://sigstore.dev/cosign/sign/v1"


@pytest.fixture
def judged(gate: Gate) -> Gate:
    """A gate with evidence and one good policy."""
    gate.evidence(CLEAN)
    gate.require()
    gate.policy(chainloop(PASSES, name="good"))
    return gate


def unsigned(gate: Gate, **entry: object) -> Digest:
    """Add a bundle that nobody has signed."""
    digest = policies.bundle(gate.case.layout, chainloop(PASSES, name="bad"))
    source = f"oci-layout:policies@{digest}"
    gate.plan["policies"].append({"source": source, "signed_by": ["policy-team"], **entry})
    return digest


def by_envelope(gate: Gate, digest: Digest, predicate_type: str, about: Digest) -> None:
    """Attach a statement about ``about`` to the bundle ``digest``, signed by the policy team."""
    said = statement([{"digest": {"sha256": about.value}}], predicate_type, {})
    gate.case.layout.attach(digest, box.sign_statement(said, key=policy_team))


def outcome(report: Report) -> dict[str | None, str]:
    """Return the code of every result by its policy."""
    return {line.policy: line.code for line in report.results}


def test_a_bundle_signed_by_the_plans_signer(judged: Gate) -> None:
    report = judged.run()
    assert report.exit_code == 0
    trust = report.policies[0].trust
    assert (trust.status, [signer.name for signer in trust.signers]) == (
        "verified",
        ["policy-team"],
    )


def test_one_bundle_that_fails_to_load_stops_no_other(judged: Gate) -> None:
    digest = unsigned(judged)
    report = judged.run()
    assert (report.exit_code, report.reason.code) == (4, "POLICY_UNSIGNED")
    source = f"oci-layout:policies@{digest}"
    assert outcome(report) == {"good": "PASSED", source: "POLICY_UNSIGNED"}
    assert [line.id for line in report.policies] == ["good"]
    assert report.results[1].subject is None
    assert report.subjects[0].exit_code == 4


def test_a_bundle_that_is_not_enforced_may_fail_to_load(judged: Gate) -> None:
    unsigned(judged, enforce=False)
    report = judged.run()
    assert report.exit_code == 0
    assert report.results[1].code == "POLICY_UNSIGNED"
    assert not report.results[1].enforced
    assert weakened(report) == {"enforce"}


def test_a_bundle_that_is_not_there(judged: Gate) -> None:
    judged.plan["policies"][0]["source"] = f"oci-layout:policies@{Digest.of(b'nothing')}"
    report = judged.run()
    assert report.exit_code == 5
    assert report.policies == ()
    judged.plan["policies"][0]["enforce"] = False
    assert judged.run().exit_code == 0


def test_a_statement_that_signs_counts_as_a_signature(gate: Gate) -> None:
    gate.evidence(CLEAN)
    digest = unsigned(gate)
    by_envelope(gate, digest, SIGNING, digest)
    report = gate.run()
    assert report.exit_code == 0
    assert report.policies[0].trust.status == "verified"


@pytest.mark.parametrize(
    ("predicate_type", "about", "code"),
    [
        (SIGNING, Digest.of(b"another"), "DIGEST_MISMATCH"),
        ("https://slsa.dev/verification_summary/v1", None, "ATTESTATION_NOT_SIGNATURE"),
    ],
)
def test_a_statement_of_another_kind_or_about_another_bundle_does_not(
    gate: Gate, predicate_type: str, about: Digest | None, code: str
) -> None:
    gate.evidence(CLEAN)
    digest = unsigned(gate)
    by_envelope(gate, digest, predicate_type, about or digest)
    assert gate.run().reason.code == code


def test_a_trusted_signer_of_something_else_does_not_sign_policies(gate: Gate) -> None:
    gate.evidence(CLEAN)
    digest = unsigned(gate)
    bundle = box.sign_blob(
        policies.manifest(gate.case.layout, digest), key=box.key_pair("security")
    )
    gate.case.layout.attach(digest, bundle)
    assert gate.run().reason.code == "SIGNER_ROLE"


def test_one_good_signature_among_bad_ones_is_enough(gate: Gate) -> None:
    gate.evidence(CLEAN)
    digest = unsigned(gate)
    manifest = policies.manifest(gate.case.layout, digest)
    for key in (box.key_pair("stranger"), policy_team, box.key_pair("security")):
        gate.case.layout.attach(digest, box.sign_blob(manifest, key=key))
    assert gate.run().exit_code == 0


def test_a_pin_is_shown_as_a_pin(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.require()
    gate.case.files["p.rego"] = text = b"package p\n\nallow := true\n"
    gate.plan["policies"] = [
        {"source": "file:p.rego", "sha256": pinned(text), "unsigned": "pinned"}
    ]
    report = gate.run()
    assert report.exit_code == 0
    assert report.policies[0].trust.status == "pinned"
    assert weakened(report) == {"unsigned"}
    gate.case.files["p.rego"] = text + b"\n"
    assert gate.run().exit_code == 4


def test_policies_of_the_same_name_stay_apart(judged: Gate) -> None:
    judged.policy(chainloop(FAILS, name="good"))
    report = judged.run()
    assert report.reason.code == "POLICY_FAILED"
    first, second = (line.id for line in report.policies)
    assert first == "good"
    assert second != first
    assert second == "good~2"
    assert results(report) == [
        (first, "passed", "PASSED"),
        (second, "failed", "POLICY_FAILED"),
    ]


def test_arguments_reach_the_policy(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.require()
    declared = policies.source("scan-findings")
    gate.policy(declared, **{"with": {"severity": "low"}})
    assert gate.run().reason.code == "POLICY_FAILED"
    gate.plan["policies"][0]["with"] = {"severity": "high"}
    assert gate.run().exit_code == 0
    gate.plan["policies"][0]["with"] = {"sevrity": "high"}
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (2, "ARGUMENT_UNKNOWN")


def test_a_required_argument_that_is_missing_is_told(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.policy(policies.source("built-by-ci"))
    gate.policy(chainloop(PASSES, name="good"))
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (2, "ARGUMENT_MISSING")
    assert outcome(report) == {"built-by-ci": "ARGUMENT_MISSING", "good": "PASSED"}


BY_PLAN = (
    'package p\n\nallow if data.allowed\n\nother := {"skipped": false, "violations": ["no"]}\n'
)


def _data(gate: Gate) -> None:
    gate.case.files["data.json"] = document = b'{"allowed": true}'
    gate.plan["policies"][0]["data"] = [{"path": "data.json", "sha256": pinned(document)}]


def _entrypoint(gate: Gate) -> None:
    gate.plan["policies"][0]["entrypoint"] = "p/other"


def _engine(gate: Gate) -> None:
    gate.plan["policies"][0]["engine"] = "extism"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_data, "PASSED"),
        (_entrypoint, "POLICY_FAILED"),
        (_engine, "ENGINE_MISMATCH"),
        (lambda _: None, "UNDEFINED_RESULT"),
    ],
)
def test_what_the_plan_adds_to_a_policy(
    gate: Gate, change: Callable[[Gate], None], code: str
) -> None:
    gate.evidence(CLEAN)
    gate.require()
    gate.policy(policies.rego(BY_PLAN))
    change(gate)
    assert gate.run().reason.code == code


def test_version_zero_only_where_it_is_declared(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.policy(policies.rego("package p\n\nallow { input.runs }\n"))
    assert gate.run().exit_code == 6
    gate.plan["policies"][0]["v0_compatible"] = True
    assert gate.run().exit_code == 0


def test_a_bundle_without_a_policy(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.policy({"README.md": b"nothing here"})
    report = gate.run()
    assert report.exit_code == 4
    assert report.results[0].outcome == "error"


def test_claims_of_the_bundle_are_marked_as_claims(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.policy(ALLOW)
    (line,) = gate.run().policies
    assert (line.version, line.author) == ("1.4.0", "policy-team@example.org")
    assert line.claimed == ("version", "revision", "author", "created")


def test_an_envelope_that_says_it_holds_no_statement_signs_nothing(judged: Gate) -> None:
    digest = unsigned(judged)
    said = statement([{"digest": {"sha256": digest.value}}], SIGNING, {})
    bundle = box.sign_statement(said, key=policy_team, payload_type="text/x-review-comment")
    judged.case.layout.attach(digest, bundle)
    report = judged.run()
    assert (report.exit_code, report.reason.code) == (4, "PAYLOAD_TYPE")
