"""Rules 1, 2 and 3 for artifacts in a registry or layout: what lies beside them."""

from __future__ import annotations

from typing import Any

import pytest

from attest.author.layout import Layer, Layout
from attest.errors import FetchError, UsageError
from attest.model.digest import Digest
from attest.testing import statement
from fixtures.making.beside import COSIGN_SIGN, image
from fixtures.making.evidence import SARIF, by_ci, scan
from fixtures.making.policies import source
from fixtures.making.world import APP, ISSUER, OTHER_APP, SCAN, box
from tests.gate import CLEAN, SUBJECT, Gate, only_evidence
from tests.steps.images import Images, codes


def test_discovered_evidence_is_judged_and_meets_requirements(images: Images) -> None:
    images.attach(images.scan("py/debug-left-in"))
    images.gate.require("SARIF", signed_by=["scanner"])
    images.gate.policy(source("scan-findings"))
    report = images.run()
    assert report.exit_code == 0
    line = only_evidence(report)
    assert (line.kind, line.relates_to, line.trust.status) == (
        "SARIF",
        (images.subject,),
        "verified",
    )
    assert [each.outcome for each in report.results] == ["passed"]
    assert report.weakened == ()


def test_a_policy_says_no_to_what_was_discovered(images: Images) -> None:
    images.attach(images.scan("py/sql-injection"))
    images.gate.require()
    images.gate.policy(source("scan-findings"))
    assert images.run().reason.code == "POLICY_FAILED"


@pytest.mark.parametrize(
    "media_type",
    [
        "application/vnd.dev.sigstore.bundle.v0.4+json",
        "application/vnd.in-toto.sarif+dsse",
        "application/json",
    ],
)
def test_no_name_for_it_keeps_evidence_from_being_judged(images: Images, media_type: str) -> None:
    images.attach(images.scan("py/sql-injection"), media_type)
    images.attach(images.scan("py/debug-left-in"))
    images.gate.require()
    images.gate.policy(source("scan-findings"))
    assert images.run().reason.code == "POLICY_FAILED"


def test_what_cosign_signs_about_the_image_is_a_signature(images: Images) -> None:
    signed = images.layout.blob(images.digest)
    images.attach(by_ci(statement({"image": signed}, COSIGN_SIGN, {})))
    images.gate.require("SIGNATURE", signed_by=["ci"])
    images.gate.accept("ci", kinds=["SIGNATURE"])
    report = images.run()
    assert report.exit_code == 0
    assert only_evidence(report).kind == "SIGNATURE"


def test_a_message_signature_over_the_manifest_is_a_signature_too(images: Images) -> None:
    images.attach(box.sign_blob(images.layout.blob(images.digest), identity=SCAN, issuer=ISSUER))
    images.gate.require("SIGNATURE", signed_by=["scanner"])
    images.gate.accept("scanner", kinds=["SIGNATURE"])
    assert images.run().exit_code == 0


def test_a_signature_of_another_image_is_unrelated(images: Images) -> None:
    images.attach(by_ci(statement({"image": OTHER_APP}, COSIGN_SIGN, {})))
    images.gate.require("SIGNATURE")
    images.gate.accept("ci", kinds=["SIGNATURE"])
    report = images.run()
    assert report.reason.code == "REQUIRED_MISSING"
    assert only_evidence(report).relates_to == ()


def test_evidence_about_a_layer_is_not_about_the_image(images: Images) -> None:
    images.attach(CLEAN)
    images.gate.require()
    report = images.run()
    assert report.reason.code == "REQUIRED_MISSING"
    assert only_evidence(report).relates_to == ()


def test_nothing_found_is_exit_3_and_says_that_it_was_looked_for(images: Images) -> None:
    images.gate.require()
    report = images.run()
    assert (report.exit_code, report.reason.code) == (3, "REQUIRED_MISSING")
    line = only_evidence(report)
    assert (line.trust.code, line.blocks) == ("NOTHING_ATTACHED", False)


def test_candidates_that_were_refused_are_exit_4(images: Images) -> None:
    images.attach(box.sign_statement(images.about(SARIF, scan()), identity="x", issuer=ISSUER))
    images.gate.require()
    assert images.run().reason.code == "REQUIRED_REFUSED"


@pytest.mark.parametrize(
    ("kind", "predicate", "selector"),
    [(SARIF, scan(), {"kind": "SARIF"}), (SARIF, scan(), {"predicate_type": SARIF})],
)
def test_a_refused_candidate_is_one_by_kind_and_by_predicate_type(
    images: Images, kind: str, predicate: dict[str, Any], selector: dict[str, str]
) -> None:
    images.attach(box.sign_statement(images.about(kind, predicate), identity="x", issuer=ISSUER))
    images.gate.plan["evidence"]["required"].append(selector)
    assert images.run().reason.code == "REQUIRED_REFUSED"


def test_a_stranger_blocks_nothing_unless_the_plan_says_so(images: Images) -> None:
    stranger = box.sign_statement(images.about(SARIF, scan()), identity="x", issuer=ISSUER)
    images.attach(images.scan())
    images.attach(stranger)
    images.gate.require()
    report = images.run()
    assert report.exit_code == 0
    assert codes(report) == ["IDENTITY_MISMATCH", "VERIFIED"]
    images.gate.plan["evidence"]["sources"] = [{"source": "oci:referrers", "on_refused": "fail"}]
    assert images.run().reason.code == "IDENTITY_MISMATCH"


def test_what_cannot_be_listed_blocks_whatever_the_plan_says(images: Images) -> None:
    lost = images.attach(images.scan())
    images.attach(images.scan("py/debug-left-in"))
    images.gate.require()
    folder = images.gate.write().parent
    (folder / "image" / "blobs" / "sha256" / lost.value).unlink()
    images.gate.write = lambda: folder / "attest.yaml"  # type: ignore[method-assign]
    report = images.run()
    assert (report.exit_code, report.reason.code) == (5, "DISCOVERY_INCOMPLETE")
    assert [line.blocks for line in report.evidence] == [True]


def test_a_subject_that_is_not_there_has_no_empty_list(images: Images) -> None:
    images.digest = Digest.of(b"elsewhere")
    images.gate.plan["subjects"] = [images.subject]
    images.gate.require()
    assert images.run().reason.code == "DISCOVERY_INCOMPLETE"


def test_offline_a_registry_cannot_be_listed(images: Images) -> None:
    images.gate.plan["subjects"] = [f"oci:registry.example.org/app@{images.digest}"]
    images.gate.require()
    report = images.gate.run(offline=True)
    assert (report.exit_code, report.reason.code) == (5, "OFFLINE")


def test_a_file_has_nothing_beside_it_in_a_registry(gate: Gate) -> None:
    gate.plan["evidence"]["sources"] = ["dir:evidence", "oci:referrers"]
    gate.require()
    with pytest.raises(UsageError) as refused:
        gate.run()
    assert refused.value.code == "NO_REGISTRY"


def test_beside_an_image_a_file_is_listed_as_not_looked_beside(images: Images) -> None:
    images.attach(images.scan())
    images.gate.plan["subjects"].append(SUBJECT)
    images.gate.plan["evidence"]["sources"].append("dir:evidence")
    images.gate.evidence(CLEAN)
    images.gate.require()
    report = images.run()
    assert report.exit_code == 0
    assert codes(report) == ["NOT_IN_REGISTRY", "VERIFIED", "VERIFIED"]


def test_what_was_refused_beside_one_image_is_no_candidate_for_another(images: Images) -> None:
    images.attach(box.sign_statement(images.about(SARIF, scan()), identity="x", issuer=ISSUER))
    other = image(images.layout, OTHER_APP)
    images.gate.plan["subjects"].append(f"oci-layout:image@{other}")
    images.gate.require()
    reasons = [line.reason.code for line in images.run().subjects]
    assert reasons == ["REQUIRED_REFUSED", "REQUIRED_MISSING"]


def test_a_layout_may_hold_evidence_about_a_file(gate: Gate) -> None:
    """A source of the plan's own: what is refused there blocks."""
    layout = gate.case.layouts["store"] = Layout()
    kept = layout.add_manifest([Layer(APP, "application/gzip")])
    layout.attach(kept, CLEAN)
    gate.plan["evidence"]["sources"] = [f"oci-layout:store@{kept}"]
    gate.require()
    assert gate.run().exit_code == 0
    layout.attach(kept, box.sign_blob(OTHER_APP, identity=SCAN, issuer=ISSUER))
    assert gate.run().reason.code == "SIGNATURE_INVALID"


def test_a_layout_that_is_not_there_was_asked_for_wrongly(images: Images) -> None:
    images.gate.plan["subjects"] = [f"oci-layout:nowhere@{images.digest}"]
    images.gate.require()
    with pytest.raises(FetchError) as refused:
        images.run()
    assert refused.value.code == "FILE_NOT_FOUND"


def test_a_layout_that_is_none_is_refused(images: Images) -> None:
    images.gate.case.overwritten["image/oci-layout"] = b"{}"
    images.gate.require()
    report = images.run()
    assert (report.exit_code, report.reason.code) == (4, "LAYOUT_MALFORMED")
