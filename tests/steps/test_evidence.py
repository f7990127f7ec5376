"""Rules 1 and 2: what evidence is about, and what becomes of what is refused."""

from __future__ import annotations

import pytest

from attest.model.digest import Digest
from attest.testing import edit, sign_envelope, statement
from attest.testing.forms import blob_bundle, pypi_attestation
from fixtures.making.evidence import (
    SARIF,
    SLSA,
    about,
    by_ci,
    by_scanner,
    provenance,
    rewritten,
    scan,
)
from fixtures.making.policies import source
from fixtures.making.world import APP, ISSUER, OTHER_APP, SCAN, box
from tests.gate import (
    ALLOW,
    CLEAN,
    OTHER,
    SUBJECT,
    Gate,
    only_evidence,
    refusals,
    weakened,
)

SCANS = source("scan-findings")


def test_evidence_about_another_artifact_is_listed_and_never_judged(gate: Gate) -> None:
    gate.evidence(CLEAN, by_scanner(about(SARIF, scan("py/sql-injection"), OTHER_APP)))
    gate.policy(SCANS)
    report = gate.run()
    assert report.exit_code == 0
    assert [line.relates_to for line in report.evidence] == [(SUBJECT,), ()]
    assert [line.trust.status for line in report.evidence] == ["verified", "verified"]
    assert [line.material for line in report.results] == ["evidence/1.json"]


def test_evidence_about_another_artifact_meets_no_requirement(gate: Gate) -> None:
    gate.evidence(by_scanner(about(SARIF, scan(), OTHER_APP)))
    gate.require()
    assert gate.run().reason.code == "REQUIRED_MISSING"


def test_a_statement_about_two_artifacts_is_evidence_about_both(gate: Gate) -> None:
    gate.another()
    both = statement({"app": APP, "other": OTHER_APP}, SARIF, scan())
    gate.evidence(by_scanner(both))
    gate.require()
    report = gate.run()
    assert report.exit_code == 0
    assert only_evidence(report).relates_to == (SUBJECT, OTHER)


def test_a_signature_over_the_subject_is_of_kind_signature(gate: Gate) -> None:
    gate.evidence(box.sign_blob(APP, identity=SCAN, issuer=ISSUER))
    gate.accept("scanner", kinds=["SIGNATURE"])
    gate.require("SIGNATURE")
    report = gate.run()
    assert report.exit_code == 0
    assert only_evidence(report).kind == "SIGNATURE"


def test_a_signature_over_the_subject_needs_a_role_too(gate: Gate) -> None:
    gate.evidence(box.sign_blob(APP, identity=SCAN, issuer=ISSUER))
    gate.require("SIGNATURE")
    report = gate.run()
    assert report.reason.code == "SIGNER_ROLE"
    assert not report.requirements[0].met


def test_a_signature_over_any_other_file_binds_nothing(gate: Gate) -> None:
    gate.evidence(CLEAN, box.sign_blob(OTHER_APP, identity=SCAN, issuer=ISSUER))
    gate.case.files["evidence/other.tar.gz"] = OTHER_APP
    gate.require()
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (4, "NOT_BOUND_TO_SUBJECT")


def test_a_subject_may_be_a_digest(gate: Gate) -> None:
    gate.plan["subjects"] = [str(Digest.of(APP))]
    gate.evidence(CLEAN)
    gate.require()
    report = gate.run()
    assert report.exit_code == 0
    assert report.subjects[0].digest == {"sha256": Digest.of(APP).value}


def test_a_file_is_known_by_its_sha512_too(gate: Gate) -> None:
    digest = Digest.of(APP, "sha512")
    named = [{"name": "app", "digest": {"sha512": digest.value}}]
    gate.evidence(by_scanner(statement(named, SARIF, scan())))
    gate.require()
    assert gate.run().exit_code == 0


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("unsigned.sarif", b'{"version": "2.1.0", "runs": []}', "UNSIGNED"),
        ("broken.json", b'{"payloadType": ', "BUNDLE_MALFORMED"),
        ("truncated.json", CLEAN[:-9], "BUNDLE_MALFORMED"),
        ("not-utf8.json", b'{"version": "2.1.0", "\xff": []}', "JSON_INVALID"),
        ("forged.json", rewritten(CLEAN, payload="e30="), "SIGNATURE_INVALID"),
        ("role.json", by_ci(about(SARIF, scan())), "SIGNER_ROLE"),
        ("undecodable.json", by_scanner(about(SARIF, {"version": "2.1.0"})), "SARIF_INVALID"),
    ],
)
def test_refused_evidence_blocks_where_the_plan_names_its_folder(
    gate: Gate, name: str, content: bytes, code: str
) -> None:
    gate.evidence(CLEAN)
    gate.case.files[f"evidence/{name}"] = content
    gate.require()
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (4, code)
    assert refusals(report) == {name: code}
    assert report.subjects[0].exit_code == 4
    assert report.requirements[0].met


def test_refused_evidence_is_only_listed_where_the_plan_says_so(gate: Gate) -> None:
    gate.evidence(CLEAN, by_ci(about(SARIF, scan())))
    gate.plan["evidence"]["sources"] = [{"source": "dir:evidence", "on_refused": "warn"}]
    gate.require()
    report = gate.run()
    assert report.exit_code == 0
    assert refusals(report) == {"2.json": "SIGNER_ROLE"}
    assert report.summary.refused == 1
    assert weakened(report) == {"on_refused"}


def test_a_requirement_whose_candidates_were_refused_is_refused(gate: Gate) -> None:
    gate.evidence(rewritten(CLEAN, payload="e30="))
    gate.plan["evidence"]["sources"] = [{"source": "dir:evidence", "on_refused": "warn"}]
    gate.require()
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (4, "REQUIRED_REFUSED")
    assert "SIGNATURE_INVALID" in report.reason.message


def test_what_is_no_candidate_leaves_a_requirement_missing(gate: Gate) -> None:
    gate.evidence(rewritten(by_ci(about(SLSA, provenance())), signatures=[]))
    gate.plan["evidence"]["sources"] = [{"source": "dir:evidence", "on_refused": "warn"}]
    gate.require()
    assert gate.run().reason.code == "REQUIRED_MISSING"


def test_files_that_are_no_evidence_are_listed(gate: Gate) -> None:
    gate.evidence(CLEAN)
    gate.case.files |= {"evidence/README": b"Nothing is here.\n", "evidence/x.bin": b"\x00\xff"}
    gate.require()
    report = gate.run()
    assert report.exit_code == 0
    assert refusals(report) == {"README": "NOT_EVIDENCE", "x.bin": "NOT_EVIDENCE"}


def test_an_empty_folder_is_nothing_to_verify(gate: Gate) -> None:
    gate.require()
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (3, "REQUIRED_MISSING")
    gate.plan["evidence"]["required"] = []
    gate.policy(ALLOW)
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (3, "NO_MATERIAL")


FORMS = {
    "a bare envelope": sign_envelope(about(SARIF, scan()), box.key_pair("scan key")),
    "an index's attestation": pypi_attestation(by_scanner(about(SARIF, scan()))),
    "cosign's blob bundle": blob_bundle(box.sign_blob(APP, identity=SCAN, issuer=ISSUER)),
}


@pytest.mark.parametrize("form", FORMS)
def test_evidence_in_every_form(gate: Gate, form: str) -> None:
    gate.key("keyed", box.key_pair("scan key"))
    for signer in ("scanner", "keyed"):
        gate.accept(signer, kinds=["SIGNATURE", "SARIF"])
    gate.evidence(FORMS[form])
    gate.require("SIGNATURE" if "blob" in form else "SARIF")
    report = gate.run()
    assert (report.exit_code, only_evidence(report).trust.status) == (0, "verified")


@pytest.mark.parametrize("form", FORMS)
def test_no_form_lends_a_role(gate: Gate, form: str) -> None:
    gate.evidence(FORMS[form], by_scanner(about(SARIF, scan())))
    gate.plan["evidence"]["accept"] = [{"kinds": ["TEST_RESULT"], "signed_by": ["ci"]}]
    gate.require("TEST_RESULT")
    assert gate.run().exit_code != 0


def test_many_bundles_in_one_file(gate: Gate) -> None:
    lines = [
        by_scanner(about(SARIF, scan(), OTHER_APP)),
        by_scanner(about(SARIF, scan())),
        edit(by_scanner(about(SARIF, scan())), "/dsseEnvelope/payload", "e30="),
    ]
    gate.case.files["evidence/all.jsonl"] = b"\n".join(lines)
    gate.require()
    report = gate.run()
    sources = [line.source.rpartition("/")[2] for line in report.evidence]
    assert sources == ["all.jsonl#1", "all.jsonl#2", "all.jsonl#3"]
    assert refusals(report) == {"all.jsonl#3": "SIGNATURE_INVALID"}
    assert (report.exit_code, report.reason.code) == (4, "SIGNATURE_INVALID")
    gate.case.files["evidence/all.jsonl"] = b"\n".join(lines[:2])
    assert gate.run().exit_code == 0
