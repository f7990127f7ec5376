"""Rules 1, 2 and 3 for artifacts in a registry or layout: what lies beside them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attest.author.layout import Layer, Layout
from attest.errors import FetchError, UsageError
from attest.fetch.attachments import IN_TOTO, NOTARY, SIMPLE_SIGNING
from attest.fetch.layout import referrers_tag
from attest.fetch.manifest import INDEX, MANIFEST
from attest.model.digest import Digest
from attest.model.report import Report
from attest.testing import statement
from fixtures.making.beside import COSIGN_SIGN, image
from fixtures.making.evidence import SARIF, SPDX, about, by_ci, by_scanner, scan, spdx
from fixtures.making.policies import source
from fixtures.making.world import APP, ISSUER, OTHER_APP, SCAN, box
from tests.gate import CLEAN, SUBJECT, Gate, only_evidence

DSSE = "application/vnd.dsse.envelope.v1+json"


class Images:
    """A gate whose subjects are images in the layout ``image``."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.layout = Layout()
        self.digest = image(self.layout)
        gate.case.layouts["image"] = self.layout
        gate.plan["subjects"] = [self.subject]
        gate.plan["evidence"]["sources"] = ["oci:referrers"]

    @property
    def subject(self) -> str:
        """The subject, as a plan names it."""
        return f"oci-layout:image@{self.digest}"

    def about(self, predicate_type: str, predicate: dict[str, Any]) -> bytes:
        """Return a statement about the image."""
        return about(predicate_type, predicate, self.layout.blob(self.digest))

    def scan(self, *found: str) -> bytes:
        """Return a scan of the image, by the scanner."""
        return by_scanner(self.about(SARIF, scan(*found)))

    def attach(self, content: bytes, media_type: str | None = None) -> Digest:
        """Attach a layer to the image, a bundle unless another type is given."""
        if media_type is None:
            return self.layout.attach(self.digest, content)
        return self.layout.attach(self.digest, content, media_type=media_type)

    def run(self) -> Report:
        """Write everything and decide."""
        return self.gate.run()


@pytest.fixture
def images(gate: Gate) -> Images:
    return Images(gate)


def codes(report: Report) -> list[str]:
    return sorted(line.trust.code for line in report.evidence)


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


def test_what_nobody_verifies_is_listed_by_its_form(images: Images) -> None:
    images.attach(b'{"critical":{}}', SIMPLE_SIGNING)
    images.layout.add_manifest(
        [Layer(b"{}", "application/jose+json")],
        config=Layer(b"{}", NOTARY),
        subject=images.digest,
    )
    images.attach(json.dumps(spdx()).encode(), "application/spdx+json")
    images.attach(b"chart", "application/x-chart")
    images.attach(images.scan())
    images.gate.require()
    report = images.run()
    assert report.exit_code == 0
    assert {"NOTARY_UNSUPPORTED", "UNSIGNED", "NOT_EVIDENCE", "VERIFIED"} <= set(codes(report))
    assert len(report.evidence) == 5
    images.gate.require("SBOM_SPDX_JSON")
    assert images.run().reason.code == "REQUIRED_REFUSED"


def test_a_signature_of_notary_meets_nothing(images: Images) -> None:
    images.layout.add_manifest(
        [Layer(b"{}", "application/jose+json")], artifact_type=NOTARY, subject=images.digest
    )
    images.gate.require("SIGNATURE")
    report = images.run()
    assert (report.exit_code, report.reason.code) == (4, "REQUIRED_REFUSED")
    assert only_evidence(report).trust.code == "NOTARY_UNSUPPORTED"


def test_statements_of_buildkit_are_unsigned_and_about_a_platform(images: Images) -> None:
    """Evidence about a platform is not about the index, whoever signed it."""
    platform = images.digest
    of_platform = images.scan()
    unsigned = about(SPDX, spdx(), images.layout.blob(platform))
    built = images.layout.add_manifest([Layer(unsigned, IN_TOTO)])
    digest = add_index(images, platform, built)
    images.digest = digest
    images.gate.plan["subjects"] = [images.subject]
    images.gate.require()
    report = images.run()
    assert report.reason.code == "REQUIRED_MISSING"
    line = only_evidence(report)
    assert line.trust.code == "UNSIGNED"
    assert f"about the platform manifest {platform}" in line.trust.message
    attach_to_index(images, of_platform)
    report = images.run()
    assert report.reason.code == "REQUIRED_MISSING"
    assert [line.relates_to for line in report.evidence] == [(), ()]


def test_evidence_about_an_index_is_about_the_index(images: Images) -> None:
    images.digest = add_index(images, images.digest, images.layout.add_manifest([]))
    images.gate.plan["subjects"] = [images.subject]
    content = images.gate.case.files[f"image/blobs/sha256/{images.digest.value}"]
    attach_to_index(images, by_scanner(about(SARIF, scan(), content)))
    images.gate.require()
    assert images.run().exit_code == 0


def add_index(images: Images, platform: Digest, built: Digest) -> Digest:
    """Put an index of a platform and of BuildKit's statements about it into the layout."""
    entries = [
        {"mediaType": MANIFEST, "digest": str(each), "size": len(images.layout.blob(each))}
        for each in (platform, built)
    ]
    entries[1] |= {
        "annotations": {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": str(platform),
        }
    }
    content = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
    digest = Digest.of(content)
    images.gate.case.files[f"image/blobs/sha256/{digest.value}"] = content
    return digest


def attach_to_index(images: Images, bundle: bytes) -> None:
    """Attach a bundle to the index, which the layout in the making does not know."""
    kind = "application/vnd.dev.sigstore.bundle.v0.3+json"
    content = images.gate.case.files[f"image/blobs/sha256/{images.digest.value}"]
    document = json.loads(
        images.layout.blob(images.layout.add_manifest([Layer(bundle, kind)], artifact_type=kind))
    )
    document["subject"] = {
        "mediaType": INDEX,
        "digest": str(images.digest),
        "size": len(content),
    }
    manifest = json.dumps(document).encode()
    digest = Digest.of(manifest)
    images.gate.case.files[f"image/blobs/sha256/{digest.value}"] = manifest
    index = json.loads(images.layout.index())
    index["manifests"].append({"mediaType": MANIFEST, "digest": str(digest), "size": len(manifest)})
    images.gate.case.overwritten["image/index.json"] = json.dumps(index).encode()


def test_tags_of_cosign_before_version_3_are_looked_at(images: Images) -> None:
    tag = referrers_tag(images.digest)
    for suffix, content, kind in [
        (".att", b'{"payloadType":"x","payload":"","signatures":[]}', DSSE),
        (".sbom", json.dumps(spdx()).encode(), "application/spdx+json"),
    ]:
        made = images.layout.add_manifest([Layer(content, kind)])
        images.layout.tag(tag + suffix, made)
    images.gate.require("SIGNATURE")
    report = images.run()
    assert len(report.evidence) == 2
    assert {line.trust.status for line in report.evidence} == {"refused"}
    assert "UNSIGNED" in codes(report)


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


@pytest.mark.parametrize("content", [b"{}", b"text", b'{"mediaType":"nonsense"}'])
def test_what_is_attached_as_a_signature_and_is_none_is_refused(
    images: Images, content: bytes
) -> None:
    """In a folder it would be no evidence; here its manifest says that it is."""
    images.attach(content)
    images.gate.require()
    report = images.run()
    assert report.reason.code == "REQUIRED_REFUSED"
    images.gate.plan["evidence"]["sources"] = [{"source": "oci:referrers", "on_refused": "fail"}]
    report = images.run()
    assert report.exit_code == 4
    assert only_evidence(report).blocks


def test_two_signatures_on_one_payload_are_two_pieces(images: Images) -> None:
    payload = b'{"critical":{}}'
    layer = {
        "mediaType": SIMPLE_SIGNING,
        "digest": str(Digest.of(payload)),
        "size": len(payload),
    }
    key = "dev.cosignproject.cosign/signature"
    layers = [layer | {"annotations": {key: text}} for text in ("QQ==", "Qg==")]
    made = images.layout.add_manifest([Layer(payload, SIMPLE_SIGNING)])
    document = json.loads(images.layout.blob(made)) | {"layers": layers}
    content = json.dumps(document).encode()
    digest = Digest.of(content)
    images.gate.case.files[f"image/blobs/sha256/{digest.value}"] = content
    index = json.loads(images.layout.index())
    index["manifests"].append(
        {
            "mediaType": MANIFEST,
            "digest": str(digest),
            "size": len(content),
            "annotations": {"kind": "dev.cosignproject.cosign/sigs"},
        }
    )
    images.gate.case.overwritten["image/index.json"] = json.dumps(index).encode()
    images.gate.require("SIGNATURE")
    report = images.run()
    assert report.reason.code == "REQUIRED_REFUSED"
    ids = [line.id for line in report.evidence]
    assert ids == [f"oci-layout:image@{Digest.of(payload)}{end}" for end in ("", "#2")]


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
