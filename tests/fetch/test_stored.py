"""A registry behind the store: with it, without it, and when either fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from attest.errors import FetchError
from attest.fetch import Fetched, Fetcher, Store
from attest.fetch.manifest import DOCKER_MANIFEST, INDEX
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.fetch.helpers import BUNDLE, FAST, REGO, assert_code
from tests.fetch.hostile import referrers_path
from tests.fetch.server import REPOSITORY, Server, index


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


def signed(server: Server) -> Reference:
    """Serve a policy with one signature."""
    reference = server.policy()
    assert reference.digest is not None
    attached = server.attachment(reference.digest)
    server.serve(referrers_path(reference), index(attached), INDEX)
    return reference


def fetched(reference: Reference, folder: Path, *, offline: bool = False) -> Fetched:
    with Fetcher(offline=offline, limits=FAST, store=Store(folder=folder)) as fetcher:
        return fetcher.policy(reference)


def asked(server: Server) -> list[str]:
    """Return what was asked for since the last time, without the repository's path."""
    paths = [path.partition(f"{REPOSITORY}/")[2] for path, _ in server.seen]
    server.seen.clear()
    return paths


def file_of(folder: Path, content: bytes) -> Path:
    digest = Digest.of(content)
    return folder / "sha256" / digest.value[:2] / digest.value


def test_content_is_asked_for_once_and_lists_each_time(server: Server, folder: Path) -> None:
    reference = signed(server)
    first = fetched(reference, folder)
    assert any(path.startswith("blobs/") for path in asked(server))
    assert fetched(reference, folder) == first
    again = asked(server)
    assert not any(path.startswith(("blobs/", "manifests/sha256:")) for path in again)
    assert f"referrers/{reference.digest}" in again


def test_offline_the_store_gives_what_the_registry_gave(server: Server, folder: Path) -> None:
    reference = signed(server)
    first = fetched(reference, folder)
    asked(server)
    assert fetched(reference, folder, offline=True) == first
    assert [each.artifact.content for each in first.attached] == [BUNDLE]
    assert asked(server) == []


def test_offline_what_was_never_fetched_is_refused(server: Server, folder: Path) -> None:
    with pytest.raises(FetchError) as refused:
        fetched(signed(server), folder, offline=True)
    assert_code(refused, "OFFLINE", 5)


def test_offline_a_list_of_evidence_is_never_taken_from_the_store(
    server: Server, folder: Path
) -> None:
    reference = signed(server)
    with Fetcher(offline=False, limits=FAST, store=Store(folder=folder)) as fetcher:
        assert len(fetcher.discover(reference).found) == 1
        fetcher.policy(reference)
    with (
        Fetcher(offline=True, limits=FAST, store=Store(folder=folder)) as fetcher,
        pytest.raises(FetchError) as refused,
    ):
        fetcher.discover(reference)
    assert_code(refused, "OFFLINE", 5)


def test_nothing_attached_is_said_by_a_registry_that_has_the_artifact(
    server: Server, folder: Path
) -> None:
    """What the store has says nothing about what the registry has."""
    reference = server.policy()
    fetched(reference, folder)
    del server.routes[f"/v2/{REPOSITORY}/manifests/{reference.digest}"]
    with (
        Fetcher(offline=False, limits=FAST, store=Store(folder=folder)) as fetcher,
        pytest.raises(FetchError) as refused,
    ):
        fetcher.discover(reference)
    assert_code(refused, "DISCOVERY_INCOMPLETE", 5)


def test_a_damaged_file_is_fetched_again(server: Server, folder: Path) -> None:
    reference = signed(server)
    first = fetched(reference, folder)
    file_of(folder, REGO).write_bytes(b"package evil\n")
    assert fetched(reference, folder) == first
    assert file_of(folder, REGO).read_bytes() == REGO


def test_offline_a_damaged_file_is_refused(server: Server, folder: Path) -> None:
    reference = signed(server)
    fetched(reference, folder)
    file_of(folder, REGO).write_bytes(b"package evil\n")
    with pytest.raises(FetchError) as refused:
        fetched(reference, folder, offline=True)
    assert_code(refused, "STORE_CORRUPT", 5)


@pytest.mark.parametrize(
    "noted",
    [b"", b"[]", b'{"attached":1}', b'{"attached":[{"mediaType":"a/b"}]}', b'{"attached":[1]}'],
)
def test_a_note_that_is_none_is_a_list_that_is_missing(
    server: Server, folder: Path, noted: bytes
) -> None:
    reference = signed(server)
    fetched(reference, folder)
    (note,) = (path for path in (folder / "lists").glob("*/*"))
    note.write_bytes(noted)
    with pytest.raises(FetchError) as refused:
        fetched(reference, folder, offline=True)
    assert refused.value.code in {"OFFLINE", "DISCOVERY_INCOMPLETE"}
    assert "OFFLINE" in str(refused.value)


def test_a_note_about_another_artifact_changes_nothing(server: Server, folder: Path) -> None:
    """Its manifest is read, and says that it is about something else."""
    reference = signed(server)
    fetched(reference, folder)
    other = replace(reference, digest=Digest.of(REGO))
    assert other.digest is not None
    liar = server.attachment(other.digest, b"liar")
    server.serve(referrers_path(reference), index(liar), INDEX)
    found = fetched(reference, folder)
    assert [each.problem.code for each in found.refused] == ["REFERRER_SUBJECT"]
    assert fetched(reference, folder, offline=True) == found


def test_other_bytes_never_enter_the_store(server: Server, folder: Path) -> None:
    reference = server.policy()
    server.serve(f"/v2/{REPOSITORY}/blobs/{Digest.of(REGO)}", b"package main!")
    with pytest.raises(FetchError) as refused:
        fetched(reference, folder)
    assert_code(refused, "DIGEST_MISMATCH", 4)
    assert not file_of(folder, REGO).exists()


def test_a_manifest_served_as_something_else_is_not_kept(server: Server, folder: Path) -> None:
    reference = server.policy()
    path = f"/v2/{REPOSITORY}/manifests/{reference.digest}"
    route = server.routes[path]
    server.routes[path] = lambda handler: handler.reply(200, b"{}", DOCKER_MANIFEST)
    with pytest.raises(FetchError):
        fetched(reference, folder)
    server.routes[path] = route
    assert fetched(reference, folder).artifact.digest == reference.digest


def test_a_download_goes_through_the_store(server: Server, folder: Path) -> None:
    server.serve("/policy", REGO, "application/vnd.cncf.openpolicyagent.policy.layer.v1+rego")
    reference = Reference("http", f"//{server.netloc}/policy", Digest.of(REGO))
    with pytest.raises(FetchError) as refused:
        fetched(reference, folder, offline=True)
    assert_code(refused, "OFFLINE", 5)
    first = fetched(reference, folder)
    assert fetched(reference, folder, offline=True) == first
    server.serve("/policy.sigstore.json", BUNDLE)
    signed = fetched(reference, folder)
    assert [each.artifact.content for each in signed.attached] == [BUNDLE]
    assert fetched(reference, folder, offline=True) == signed
    paths = [path for path, _ in server.seen]
    assert paths == ["/policy", "/policy.sigstore.json", "/policy.sigstore.json"]
    file_of(folder, REGO).write_bytes(b"package evil\n")
    with pytest.raises(FetchError) as refused:
        fetched(reference, folder, offline=True)
    assert_code(refused, "STORE_CORRUPT", 5)
    assert fetched(reference, folder) == signed
