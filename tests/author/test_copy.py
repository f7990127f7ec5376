"""Copying: everything that belongs to an artifact, each byte checked, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from attest.author.copy import Copied, Copier
from attest.author.endpoints import Endpoints
from attest.author.layout import Layer, Layout
from attest.errors import FetchError
from attest.fetch import Fetcher, FetchLimits
from attest.fetch.layout import referrers_tag
from attest.fetch.manifest import INDEX, MANIFEST
from attest.model.artifact import Reference
from attest.model.attachment import Attachment
from attest.model.digest import Digest
from tests.fetch.helpers import BUNDLE, FAST, REGO, assert_code, blob
from tests.fetch.writable import WritableRegistry, writable


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WritableRegistry]:
    monkeypatch.setenv("HOME", str(tmp_path))
    with writable() as running:
        yield running


def layout(folder: Path, digest: Digest | None = None) -> Reference:
    return Reference("oci-layout", str(folder), digest)


def copy(
    source: Reference, target: Reference, limits: FetchLimits = FAST, said: list[str] | None = None
) -> Copied:
    with Endpoints(limits=limits) as ends:
        tell = (said if said is not None else []).append
        copier = Copier(ends.source(source), source, ends.target(target), limits, tell)
        return copier.copy(target.tag)


def signed(folder: Path) -> Reference:
    """Write a policy, a signature of it, and something about the signature; and a stranger."""
    made = Layout()
    digest = made.add_manifest([Layer(REGO, "text/x-rego", "main.rego")])
    signature = made.attach(digest, BUNDLE)
    made.attach(signature, b"about the signature")
    made.attach_by_tag(digest, b"behind the tag")
    made.add_manifest([Layer(b"stranger", "text/plain")])
    made.write(folder)
    return layout(folder, digest)


def contents(folder: Path) -> set[bytes]:
    return {path.read_bytes() for path in (folder / "blobs/sha256").iterdir()}


def index_of(folder: Path) -> list[str]:
    return [
        each["digest"] for each in json.loads((folder / "index.json").read_bytes())["manifests"]
    ]


def test_a_layout_is_copied_with_what_is_attached_at_any_depth(tmp_path: Path) -> None:
    source = signed(tmp_path / "from")
    copied = copy(source, layout(tmp_path / "to"))
    assert (copied.digest, copied.manifests) == (source.digest, 4)
    found = contents(tmp_path / "to")
    assert {REGO, BUNDLE, b"about the signature", b"behind the tag"} < found
    assert b"stranger" not in found
    assert len(index_of(tmp_path / "to")) == 4


def test_it_comes_back_from_a_registry_the_same(server: WritableRegistry, tmp_path: Path) -> None:
    source = signed(tmp_path / "from")
    there = Reference("oci", server.name, tag="v1")
    first = copy(source, there)
    assert "v1" in server.manifests
    assert referrers_tag(first.digest) in server.manifests
    back = copy(replace(there, tag=None, digest=first.digest), layout(tmp_path / "back"))
    assert back.manifests == first.manifests
    copy(source, layout(tmp_path / "straight"))
    assert contents(tmp_path / "back") == contents(tmp_path / "straight")


def test_what_is_there_is_not_sent_again(server: WritableRegistry, tmp_path: Path) -> None:
    source, there = signed(tmp_path / "from"), Reference("oci", server.name)
    copy(source, there)
    server.seen.clear()
    copy(source, there)
    assert server.asked("POST") == []


def test_the_tag_comes_last(server: WritableRegistry, tmp_path: Path) -> None:
    """Who sees the tag sees everything that belongs to it."""
    copy(signed(tmp_path / "from"), Reference("oci", server.name, tag="v1"))
    assert server.asked("PUT")[-1] == "manifests/v1"


def test_tags_of_cosign_go_with_it(server: WritableRegistry, tmp_path: Path) -> None:
    made = Layout()
    digest = made.add_manifest([Layer(REGO, "text/x-rego")])
    for suffix in (".sig", ".att", ".sbom"):
        other = made.add_manifest([Layer(suffix.encode(), "text/plain")])
        made.tag(referrers_tag(digest) + suffix, other)
    made.write(tmp_path / "from")
    copy(layout(tmp_path / "from", digest), Reference("oci", server.name))
    tags = {name for name in server.manifests if not name.startswith("sha256:")}
    assert tags == {referrers_tag(digest) + suffix for suffix in (".sig", ".att", ".sbom")}
    copy(Reference("oci", server.name, digest), layout(tmp_path / "back"))
    document = json.loads((tmp_path / "back/index.json").read_bytes())
    names = {each["annotations"]["org.opencontainers.image.ref.name"]
             for each in document["manifests"] if "annotations" in each}  # fmt: skip
    assert names == tags


def test_an_index_is_copied_with_its_platforms_and_their_signatures(tmp_path: Path) -> None:
    made = Layout()
    platform = made.add_manifest([Layer(REGO, "text/x-rego")])
    made.attach(platform, BUNDLE)
    content = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [made._listed[platform]]}  # noqa: SLF001  # its descriptor
    index = made.add_subject(json.dumps(content).encode(), INDEX)
    made.write(tmp_path / "from")
    copied = copy(layout(tmp_path / "from", index), layout(tmp_path / "to"))
    assert copied.manifests == 3
    assert BUNDLE in contents(tmp_path / "to")
    assert str(platform) not in index_of(tmp_path / "to"), "the index lists it"


def test_a_large_blob_goes_through_a_file(server: WritableRegistry, tmp_path: Path) -> None:
    limits = FAST._replace(blob=10)
    source = signed(tmp_path / "from")
    copied = copy(source, Reference("oci", server.name), limits)
    assert server.blobs[str(Digest.of(REGO))] == REGO
    copy(replace(source, scheme="oci", locator=server.name), layout(tmp_path / "to"), limits)
    assert REGO in contents(tmp_path / "to")
    assert copied.digest == source.digest


@pytest.mark.parametrize("blob_limit", [10, 1 << 20], ids=["through a file", "in memory"])
def test_a_damaged_source_is_refused_and_nothing_is_listed(tmp_path: Path, blob_limit: int) -> None:
    source = signed(tmp_path / "from")
    for damaged, code in ((b"package evil\n", "DIGEST_MISMATCH"), (b"package", "SIZE_MISMATCH")):
        blob(tmp_path / "from", Digest.of(REGO)).write_bytes(damaged)
        with pytest.raises(FetchError) as refused:
            copy(source, layout(tmp_path / "to"), FAST._replace(blob=blob_limit))
        assert_code(refused, code, 4)
        assert index_of(tmp_path / "to") == []
    assert source.digest is not None
    blob(tmp_path / "from", source.digest).write_bytes(b"{}")
    with pytest.raises(FetchError) as refused:
        copy(source, layout(tmp_path / "to"))
    assert_code(refused, "DIGEST_MISMATCH", 4)


def test_an_attached_manifest_that_is_missing_ends_the_copy(tmp_path: Path) -> None:
    """A copy without a signature that was there would be another artifact to a gate."""
    source = signed(tmp_path / "from")
    (name,) = [
        each for each in index_of(tmp_path / "from")
        if BUNDLE.hex() in blob(tmp_path / "from", Digest.parse(each)).read_bytes().hex()
        or str(Digest.of(BUNDLE)) in blob(tmp_path / "from", Digest.parse(each)).read_text()
    ]  # fmt: skip
    blob(tmp_path / "from", Digest.parse(name)).unlink()
    with pytest.raises(FetchError) as refused:
        copy(source, layout(tmp_path / "to"))
    assert_code(refused, "NOT_FOUND", 5)


def test_what_lies_about_its_subject_stays_behind_and_is_named(
    server: WritableRegistry, tmp_path: Path
) -> None:
    source = signed(tmp_path / "from")
    copied = copy(source, Reference("oci", server.name))
    liar = Layout()
    about = liar.add_manifest([Layer(b"other", "text/plain")])
    lie = liar.attach(about, b"lie")
    content = liar.blob(lie)
    server.manifests[str(lie)] = (content, "application/vnd.oci.image.manifest.v1+json")
    tag = referrers_tag(copied.digest)
    listed = json.loads(server.manifests[tag][0])
    listed["manifests"].append(
        {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": str(lie),
         "size": len(content)}
    )  # fmt: skip
    server.manifests[tag] = (json.dumps(listed).encode(), INDEX)
    said: list[str] = []
    copy(replace(source, scheme="oci", locator=server.name), layout(tmp_path / "to"), said=said)
    assert b"lie" not in contents(tmp_path / "to")
    assert len(said) == 1
    assert str(lie) in said[0]


def test_a_chain_without_end_is_refused(tmp_path: Path) -> None:
    made = Layout()
    first = digest = made.add_manifest([Layer(REGO, "text/x-rego")])
    for number in range(8):
        digest = made.attach(digest, b"%d" % number)
    made.write(tmp_path / "from")
    with pytest.raises(FetchError) as refused:
        copy(layout(tmp_path / "from", first), layout(tmp_path / "to"))
    assert_code(refused, "DISCOVERY_TOO_MANY", 5)


def test_what_an_index_lists_and_is_attached_too_is_found_afterwards(tmp_path: Path) -> None:
    """A layout finds what is attached by its own index, in which children do not stand."""
    made = Layout()
    about = made.add_manifest([Layer(REGO, "text/x-rego", "main.rego")])
    attached = made.attach(about, BUNDLE)
    entries = [
        {"mediaType": MANIFEST, "digest": str(one), "size": len(made.blob(one))}
        for one in (attached, about)
    ]
    content = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
    top = made.add_subject(content, INDEX)
    made.write(tmp_path / "from")
    copied = copy(layout(tmp_path / "from", top), layout(tmp_path / "to"))
    assert copied.manifests == 3
    for folder in ("from", "to"):
        with Fetcher(offline=True) as fetcher:
            found = fetcher.discover(layout(tmp_path / folder, about)).found
        assert [type(one) for one in found] == [Attachment], folder
