"""What is attached beside the list of referrers, and what becomes of places that change or lie."""

from __future__ import annotations

import json

import pytest

from attest.errors import FetchError
from attest.fetch import Discovery, Fetcher, FetchLimits, Refusal
from attest.fetch.attachments import DSSE, SIMPLE_SIGNING
from attest.fetch.layout import referrers_tag
from attest.fetch.manifest import INDEX
from attest.model.artifact import Reference
from attest.model.attachment import Attachment, Form
from attest.model.digest import Digest
from tests.fetch.helpers import BUNDLE, FAST, assert_code, shown
from tests.fetch.hostile import broken, forbidden, manifest_path, referrers_path
from tests.fetch.server import REPOSITORY, Handler, Route, Server, described, image, index

PAYLOAD = b'{"critical":{}}'
SIGNATURE = "dev.cosignproject.cosign/signature"


def discover(reference: Reference, limits: FetchLimits = FAST) -> Discovery:
    with Fetcher(offline=False, limits=limits) as fetcher:
        return fetcher.discover(reference)


def tagged(server: Server, reference: Reference, suffix: str, content: bytes) -> None:
    """Put a manifest under a tag of cosign's, and under its digest."""
    assert reference.digest is not None
    server.manifest(referrers_tag(reference.digest) + suffix, content)
    server.manifest(Digest.of(content), content)


def signatures(server: Server, *texts: str) -> bytes:
    """Return a manifest as cosign 2 writes it: one payload, a layer for each signature on it."""
    server.blob(PAYLOAD)
    layer = described(PAYLOAD, media_type=SIMPLE_SIGNING)
    layers = [layer | {"annotations": {SIGNATURE: text}} for text in texts]
    return image(PAYLOAD, layers=layers)


def signed_texts(discovery: Discovery) -> list[str | None]:
    return [
        each.cosign.signature
        for each in discovery.found
        if isinstance(each, Attachment) and each.cosign is not None
    ]


def test_tags_of_cosign_hold_signatures_attestations_and_documents(server: Server) -> None:
    reference = server.policy()
    tagged(server, reference, ".sig", signatures(server, "one", "two"))
    envelope, sbom = b'{"payload":""}', b'{"spdxVersion":"SPDX-2.3"}'
    server.blob(envelope)
    server.blob(sbom)
    layer = described(envelope, media_type=DSSE) | {"annotations": {SIGNATURE: ""}}
    tagged(server, reference, ".att", image(envelope, layers=[layer]))
    tagged(server, reference, ".sbom", image(sbom, "text/spdx+json"))
    found = discover(reference).found
    forms = sorted(each.form for each in found if isinstance(each, Attachment))
    assert forms == [
        Form.COSIGN_ATTESTATION,
        Form.COSIGN_SIGNATURE,
        Form.COSIGN_SIGNATURE,
        Form.DOCUMENT,
    ]


def test_signatures_that_share_their_payload_are_all_found_in_a_stable_order(
    server: Server,
) -> None:
    reference = server.policy()
    for texts in (["b", "a", "b"], ["a", "b"]):
        tagged(server, reference, ".sig", signatures(server, *texts))
        assert signed_texts(discover(reference)) == ["a", "b"]


def test_a_policy_is_signed_under_one_tag_and_no_other_is_asked_for(server: Server) -> None:
    reference = server.policy()
    tagged(server, reference, ".sig", signatures(server, "one"))
    with Fetcher(offline=False, limits=FAST) as fetcher:
        fetched = fetcher.policy(reference)
    assert [each.form for each in fetched.attached] == [Form.COSIGN_SIGNATURE]
    assert [path for path, _ in server.seen if path.endswith((".att", ".sbom"))] == []


@pytest.mark.parametrize(("route", "code"), [(forbidden, 5), (broken, 5)])
@pytest.mark.parametrize("suffix", [".sig", ".att", ".sbom"])
def test_a_tag_that_cannot_be_read_leaves_no_list(
    server: Server, route: Route, code: int, suffix: str
) -> None:
    reference = server.policy()
    assert reference.digest is not None
    server.routes[f"/v2/{REPOSITORY}/manifests/{referrers_tag(reference.digest)}{suffix}"] = route
    with pytest.raises(FetchError) as refused:
        discover(reference)
    assert_code(refused, "DISCOVERY_INCOMPLETE", code)


def test_a_tag_that_holds_no_manifest_is_refused_and_listed(server: Server) -> None:
    reference = server.policy()
    tagged(server, reference, ".sig", b"[]")
    assert shown(discover(reference)) == ["MANIFEST_MALFORMED"]


def test_under_a_tag_of_cosign_another_subject_is_a_lie(server: Server) -> None:
    reference = server.policy()
    another = described(b"another")
    tagged(server, reference, ".sig", image(PAYLOAD, SIMPLE_SIGNING, subject=another))
    assert shown(discover(reference)) == ["REFERRER_SUBJECT"]


def test_a_tag_that_changes_between_two_requests_is_refused(server: Server) -> None:
    reference = server.policy()
    content = signatures(server, "one")
    tagged(server, reference, ".sig", content)
    server.manifest(Digest.of(content), signatures(server, "two"))
    assert shown(discover(reference)) == ["DIGEST_MISMATCH"]


def test_a_subject_that_changes_is_refused(server: Server) -> None:
    reference = server.policy()
    server.serve(manifest_path(reference), image(b"another"))
    with pytest.raises(FetchError) as refused:
        discover(reference)
    assert_code(refused, "DIGEST_MISMATCH", 4)


def test_a_manifest_that_changes_between_two_requests_is_never_read_twice(server: Server) -> None:
    reference = server.policy()
    assert reference.digest is not None
    honest = server.attachment(reference.digest)
    server.serve(referrers_path(reference), index(honest), INDEX)
    answers = [honest, honest.replace(b"size", b"Size")]

    def changing(handler: Handler) -> None:
        handler.reply(200, answers.pop(0), "application/vnd.oci.image.manifest.v1+json")

    server.routes[f"/v2/{REPOSITORY}/manifests/{Digest.of(honest)}"] = changing
    assert shown(discover(reference)) == [BUNDLE.decode()]
    assert shown(discover(reference)) == ["DIGEST_MISMATCH"]


def test_annotations_of_a_list_are_never_believed(server: Server) -> None:
    reference = server.policy()
    assert reference.digest is not None
    attached = server.attachment(reference.digest)
    document = json.loads(index(attached))
    document["manifests"][0] |= {
        "artifactType": "application/vnd.cncf.notary.signature",
        "annotations": {
            "dev.sigstore.bundle.predicateType": "https://slsa.dev/provenance/v1",
            "vnd.docker.reference.type": "attestation-manifest",
        },
    }
    server.serve(referrers_path(reference), json.dumps(document).encode(), INDEX)
    (found,) = discover(reference).found
    assert isinstance(found, Attachment)
    assert (found.form, found.about) == (Form.BUNDLE, None)


def test_what_is_attached_twice_is_found_once(server: Server) -> None:
    reference = server.policy()
    assert reference.digest is not None
    one = server.attachment(reference.digest)
    other = one.replace(b'"schemaVersion": 2', b'"schemaVersion":2')
    server.manifest(Digest.of(other), other)
    server.serve(referrers_path(reference), index(one, other, one), INDEX)
    assert shown(discover(reference)) == [BUNDLE.decode()]


def test_a_thousand_referrers_are_read_and_one_more_is_refused(server: Server) -> None:
    reference = server.policy()
    assert reference.digest is not None
    many = [server.attachment(reference.digest, b"%d" % number) for number in range(40)]
    server.serve(referrers_path(reference), index(*many), INDEX)
    limits = FAST._replace(referrers=40)
    assert len(discover(reference, limits).found) == 40
    with pytest.raises(FetchError) as refused:
        discover(reference, FAST._replace(referrers=39))
    assert_code(refused, "DISCOVERY_TOO_MANY", 5)


def test_what_api_and_tag_both_list_counts_once(server: Server) -> None:
    reference = server.policy()
    assert reference.digest is not None
    many = index(*[server.attachment(reference.digest, b"%d" % number) for number in range(30)])
    server.serve(referrers_path(reference), many, INDEX)
    server.manifest(referrers_tag(reference.digest), many, INDEX)
    assert len(discover(reference, FAST._replace(referrers=30)).found) == 30


@pytest.mark.parametrize("lie", [{"size": 5}, {"mediaType": INDEX}])
def test_a_list_that_lies_about_a_referrer_does_not_hide_it(
    server: Server, lie: dict[str, object]
) -> None:
    reference = server.policy()
    assert reference.digest is not None
    honest = server.attachment(reference.digest)
    server.serve(referrers_path(reference), index(honest), INDEX)
    document = json.loads(index(honest))
    document["manifests"][0] |= lie
    server.manifest(referrers_tag(reference.digest), json.dumps(document).encode(), INDEX)
    found = discover(reference).found
    assert [type(each) for each in found] == [Refusal, Attachment]


def test_the_order_is_not_the_lists(server: Server) -> None:
    reference = server.policy()
    assert reference.digest is not None
    many = [server.attachment(reference.digest, b"%d" % number) for number in range(5)]
    orders = []
    for listed in (many, many[::-1]):
        server.serve(referrers_path(reference), index(*listed), INDEX)
        orders.append(shown(discover(reference)))
    assert orders[0] == orders[1]
    assert sorted(orders[0]) == ["0", "1", "2", "3", "4"]


def test_what_lies_is_listed_beside_what_does_not(server: Server) -> None:
    reference = server.policy()
    assert reference.digest is not None
    honest = server.attachment(reference.digest)
    liar = server.attachment(reference.digest, b"liar")
    server.serve(referrers_path(reference), index(honest, liar), INDEX)
    server.routes[f"/v2/{REPOSITORY}/blobs/{Digest.of(b'liar')}"] = lambda handler: handler.reply(
        200, b"LIAR"
    )
    found = discover(reference).found
    refused = [each for each in found if isinstance(each, Refusal)]
    assert [each.problem.code for each in refused] == ["DIGEST_MISMATCH"]
    assert refused[0].reference.digest == Digest.of(liar)
    assert len(found) == 2
