"""What is attached to an artifact in a layout: a whole list, or no answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from attest.author.layout import Layer, Layout
from attest.errors import FetchError
from attest.fetch import Fetcher, FetchLimits
from attest.fetch.layout import referrers_tag
from attest.model.attachment import Attachment, Form
from attest.model.digest import Digest
from tests.fetch.helpers import BUNDLE, REGO, assert_code, blob, layout, pinned, shown

OTHER = Digest.of(b"other")


def read_index(folder: Path) -> Any:
    return json.loads((folder / "index.json").read_text())


def write_index(folder: Path, document: Any) -> None:
    (folder / "index.json").write_text(json.dumps(document))


def found_in(folder: Path, digest: Digest) -> list[str]:
    """Contents of what is attached, or the codes of refusals."""
    return shown(Fetcher(offline=True).discover(pinned(folder, digest)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "layout"


def test_attached_by_index_and_by_tag_are_both_found(folder: Path) -> None:
    made = Layout()
    digest = made.add_manifest([Layer(REGO, "text/x-rego")])
    made.attach(digest, b"1")
    made.attach_by_tag(digest, b"2")
    made.attach_by_tag(digest, b"3")
    made.attach(made.add_manifest([]), b"about another")
    made.write(folder)
    assert sorted(found_in(folder, digest)) == ["1", "2", "3"]


def test_nothing_attached_is_an_empty_answer(folder: Path) -> None:
    assert found_in(folder, layout(folder)) == []


def test_what_is_no_bundle_is_no_signature_of_a_policy(folder: Path) -> None:
    made = Layout()
    digest = made.add_manifest([])
    made.add_manifest([Layer(b"sbom", "application/spdx+json")], subject=digest)
    made.add_manifest([Layer(b"chart", "application/x-chart")], subject=digest)
    made.attach(digest, b"envelope", media_type="application/vnd.dsse.envelope.v1+json")
    made.write(folder)
    found = Fetcher(offline=True).discover(pinned(folder, digest)).found
    assert {each.form for each in found if isinstance(each, Attachment)} == {
        Form.DOCUMENT,
        Form.ENVELOPE,
        Form.OTHER,
    }
    assert Fetcher(offline=True).policy(pinned(folder, digest)).attached == ()


def test_an_entry_of_an_index_is_only_a_hint(folder: Path) -> None:
    digest = layout(folder, BUNDLE)
    index = read_index(folder)
    for entry in index["manifests"]:
        entry["artifactType"] = "application/vnd.oci.empty.v1+json"
    write_index(folder, index)
    assert found_in(folder, digest) == [BUNDLE.decode()]
    with pytest.raises(FetchError) as refused:
        found_in(folder, OTHER)
    assert_code(refused, "DISCOVERY_INCOMPLETE", 5)


def the_attached(index: Any, digest: Digest) -> Any:
    return next(each for each in index["manifests"] if each["digest"] != str(digest))


def corrupt_attachment(folder: Path, digest: Digest) -> None:
    name = Digest.parse(the_attached(read_index(folder), digest)["digest"])
    path = blob(folder, name)
    path.write_bytes(path.read_bytes().replace(b"schemaVersion", b"schemaversion"))


def mislabel_attachment(folder: Path, digest: Digest) -> None:
    index = read_index(folder)
    the_attached(index, digest)["mediaType"] = "application/vnd.oci.image.index.v1+json"
    write_index(folder, index)


def mismeasure_attachment(folder: Path, digest: Digest) -> None:
    index = read_index(folder)
    the_attached(index, digest)["size"] += 1
    write_index(folder, index)


def corrupt_bundle(folder: Path, _: Digest) -> None:
    blob(folder, Digest.of(BUNDLE)).write_bytes(BUNDLE.swapcase())


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (corrupt_attachment, "DIGEST_MISMATCH"),
        (corrupt_bundle, "DIGEST_MISMATCH"),
        (mislabel_attachment, "MEDIA_TYPE_MISMATCH"),
        (mismeasure_attachment, "SIZE_MISMATCH"),
    ],
)
def test_an_attachment_that_lies_is_refused_and_listed(
    folder: Path, harm: Callable[[Path, Digest], None], code: str
) -> None:
    digest = layout(folder, BUNDLE)
    harm(folder, digest)
    assert found_in(folder, digest) == [code]
    fetched = Fetcher(offline=True).policy(pinned(folder, digest))
    assert fetched.attached == ()
    assert [each.problem.code for each in fetched.refused] == [code]


def remove_index(folder: Path, _: Digest) -> None:
    (folder / "index.json").unlink()


def break_index(folder: Path, _: Digest) -> None:
    (folder / "index.json").write_text('{"schemaVersion":2,"manifests":{}}')


def swap_index(folder: Path, digest: Digest) -> None:
    (folder / "index.json").write_bytes(blob(folder, digest).read_bytes())


def remove_attachment(folder: Path, digest: Digest) -> None:
    blob(folder, Digest.parse(the_attached(read_index(folder), digest)["digest"])).unlink()


def remove_bundle(folder: Path, _: Digest) -> None:
    blob(folder, Digest.of(BUNDLE)).unlink()


def flood_index(folder: Path, digest: Digest) -> None:
    index = read_index(folder)
    index["manifests"] *= 501
    write_index(folder, index)


def point_tag_at_other_bytes(folder: Path, digest: Digest) -> None:
    index = read_index(folder)
    entry = the_attached(index, digest)
    entry["annotations"] = {"org.opencontainers.image.ref.name": referrers_tag(digest)}
    write_index(folder, index)
    blob(folder, Digest.parse(entry["digest"])).write_text('{"schemaVersion":2,"manifests":[]}')


@pytest.mark.parametrize(
    "harm",
    [
        remove_index,
        break_index,
        swap_index,
        remove_attachment,
        remove_bundle,
        flood_index,
        point_tag_at_other_bytes,
    ],
)
def test_a_list_that_is_not_whole_is_no_answer(
    folder: Path, harm: Callable[[Path, Digest], None]
) -> None:
    digest = layout(folder, BUNDLE)
    harm(folder, digest)
    code = "DISCOVERY_TOO_MANY" if harm is flood_index else "DISCOVERY_INCOMPLETE"
    for read in (Fetcher(offline=True).policy, Fetcher(offline=True).discover):
        with pytest.raises(FetchError) as refused:
            read(pinned(folder, digest))
        assert_code(refused, code, 5)


def test_more_attached_than_the_limits_allow_is_no_shorter_list(folder: Path) -> None:
    digest = layout(folder, b"1", b"22", b"333")
    for limits in (FetchLimits(referrers=2), FetchLimits(total=5)):
        with pytest.raises(FetchError) as refused:
            Fetcher(offline=True, limits=limits).discover(pinned(folder, digest))
        assert_code(refused, "DISCOVERY_TOO_MANY", 5)
    whole = FetchLimits(referrers=3)  # the artifact's own entry in the index is none of them
    assert len(Fetcher(offline=True, limits=whole).discover(pinned(folder, digest)).found) == 3


def test_candidates_are_bounded_whatever_they_are_attached_to(folder: Path) -> None:
    made = Layout()
    digest = made.add_manifest([])
    made.add_manifest([Layer(REGO, "text/x-rego")])
    for content in (b"1", b"2", b"3"):
        made.attach_by_tag(digest, content)
    made.write(folder)
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True, limits=FetchLimits(referrers=3)).discover(pinned(folder, digest))
    assert_code(refused, "DISCOVERY_TOO_MANY", 5)
    assert len(found_in(folder, digest)) == 3


def test_an_attachment_over_the_limit_is_refused_unread(folder: Path) -> None:
    made = Layout()
    digest = made.add_manifest([])
    kind = "application/vnd.dev.sigstore.bundle.v0.3+json"
    made.add_manifest([Layer(b"333", kind), Layer(b"4444", kind)], subject=digest)
    made.write(folder)
    for limits in (FetchLimits(total=6), FetchLimits(blob=3)):
        found = shown(Fetcher(offline=True, limits=limits).discover(pinned(folder, digest)))
        assert [each for each in found if each.isupper()] == ["BLOB_TOO_LARGE"]


def test_one_attachment_with_many_bundles_is_bounded(folder: Path) -> None:
    made = Layout()
    digest = made.add_manifest([])
    bundles = [
        Layer(str(n).encode(), "application/vnd.dev.sigstore.bundle.v0.3+json") for n in range(5)
    ]
    made.add_manifest(bundles, subject=digest)
    made.write(folder)
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True, limits=FetchLimits(referrers=4)).discover(pinned(folder, digest))
    assert_code(refused, "DISCOVERY_TOO_MANY", 5)


@pytest.mark.parametrize("first", [True, False])
def test_what_the_tag_lists_must_be_attached_even_if_the_layout_lists_it_too(
    folder: Path, *, first: bool
) -> None:
    """That it stands in ``index.json`` as well does not turn a lie into something unrelated."""
    made = Layout()
    digest = made.add_manifest([Layer(REGO, "text/x-rego")])
    other = made.attach(made.add_manifest([]), b"about another")
    made.write(folder)
    index = read_index(folder)
    entry = next(each for each in index["manifests"] if each["digest"] == str(other))
    listed = json.dumps(index | {"manifests": [entry]}).encode()
    blob(folder, Digest.of(listed)).write_bytes(listed)
    tag = {
        "mediaType": index["mediaType"],
        "digest": str(Digest.of(listed)),
        "size": len(listed),
        "annotations": {"org.opencontainers.image.ref.name": referrers_tag(digest)},
    }
    index["manifests"].insert(0 if first else len(index["manifests"]), tag)
    write_index(folder, index)
    assert found_in(folder, digest) == ["REFERRER_SUBJECT"]
