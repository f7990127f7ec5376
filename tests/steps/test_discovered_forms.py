"""What lies beside an artifact in other forms than bundles, and what becomes of it."""

from __future__ import annotations

import json

import pytest

from attest.author.layout import Layer
from attest.fetch.attachments import NOTARY, SIMPLE_SIGNING
from attest.fetch.layout import referrers_tag
from attest.fetch.manifest import INDEX, MANIFEST
from attest.model.digest import Digest
from attest.testing.forms import cosign_parts, simple_signing
from fixtures.making import policies
from fixtures.making.beside import image
from fixtures.making.evidence import SARIF, SPDX, about, by_scanner, scan, spdx
from fixtures.making.policies import source
from fixtures.making.world import OTHER_APP, box, policy_team
from tests.decode.making import IN_TOTO
from tests.gate import CLEAN, Gate, only_evidence
from tests.steps.images import Images, codes

DSSE = "application/vnd.dsse.envelope.v1+json"


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


@pytest.mark.parametrize(("about_it", "exit_code"), [(True, 0), (False, 4)])
def test_a_policy_may_be_signed_by_cosign_before_version_3(
    gate: Gate, *, about_it: bool, exit_code: int
) -> None:
    """The payload names what is signed; a signature of another bundle signs nothing here."""
    layout = gate.case.layout
    digest = policies.bundle(layout, source("scan-findings"))
    payload = simple_signing(str(digest if about_it else Digest.of(b"another")))
    signed = cosign_parts(box.sign_blob(payload, key=policy_team, tlog=False, timestamp=False))
    annotations = {"dev.cosignproject.cosign/signature": signed.signature or ""}
    layer = Layer(payload, SIMPLE_SIGNING, annotations=annotations)
    layout.tag(referrers_tag(digest) + ".sig", layout.add_manifest([layer]))
    place = f"oci-layout:policies@{digest}"
    gate.plan["policies"].append({"source": place, "signed_by": ["policy-team"]})
    gate.evidence(CLEAN)
    gate.require()
    report = gate.run()
    assert report.exit_code == exit_code, report.reason
    assert report.reason.code == ("PASSED" if about_it else "DIGEST_MISMATCH")


def test_a_signature_by_cosign_before_version_3_is_about_the_image_it_names(
    images: Images,
) -> None:
    other = image(images.layout, OTHER_APP)
    payload = simple_signing(str(other))
    parts = cosign_parts(box.sign_blob(payload, key=policy_team, tlog=False, timestamp=False))
    annotations = {"dev.cosignproject.cosign/signature": parts.signature or ""}
    layer = Layer(payload, SIMPLE_SIGNING, annotations=annotations)
    made = images.layout.add_manifest([layer])
    images.layout.tag(referrers_tag(images.digest) + ".sig", made)
    images.gate.accept("policy-team", kinds=["SIGNATURE"])
    images.gate.require("SIGNATURE")
    assert images.run().reason.code == "REQUIRED_REFUSED"
    images.layout.tag(referrers_tag(other) + ".sig", made)
    images.gate.plan["subjects"] = [f"oci-layout:image@{other}"]
    assert images.run().exit_code == 0
