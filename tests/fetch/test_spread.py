"""Reads over several connections: as many as are worth it, in order, and none after a failure."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from attest.errors import FetchError
from attest.fetch import Fetcher
from attest.fetch.manifest import INDEX, Descriptor
from attest.fetch.source import Candidate, Source
from attest.fetch.spread import spread
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.fetch.helpers import FAST, assert_code, shown
from tests.fetch.hostile import referrers_path
from tests.fetch.server import REPOSITORY, Handler, Route, Server, described, image, index


class Idle:
    """A source that is never read, but counts who uses it at once."""

    def __init__(self) -> None:
        self.users = 0

    def manifest(self, digest: Digest) -> tuple[bytes, str]:
        """Hold nothing."""
        raise NotImplementedError

    def blob(self, descriptor: Descriptor) -> bytes:
        """Hold nothing."""
        raise NotImplementedError

    def candidates(self, subject: Digest, suffixes: Sequence[str]) -> tuple[Candidate, ...]:
        """Hold nothing."""
        raise NotImplementedError


def test_answers_come_in_order_and_each_source_serves_one_thread() -> None:
    made = [Idle() for _ in range(8)]
    asked: list[int] = []
    lock, crowded = threading.Lock(), []

    def sources(count: int) -> list[Idle]:
        asked.append(count)
        return made[:count]

    def work(source: Source, item: int) -> int:
        assert isinstance(source, Idle)
        with lock:
            source.users += 1
            crowded.append(source.users)
        with lock:
            source.users -= 1
        return item * item

    for count in (0, 1, 4, 5, 100):
        items = range(count)
        assert list(spread(sources, items, work, most=8)) == [item * item for item in items]
    assert asked == [1, 1, 1, 2, 8]
    assert set(crowded) == {1}


def test_a_failure_stands_where_its_item_does() -> None:
    def work(_: Source, item: int) -> int:
        if item >= 20:
            raise ValueError(item)
        return item

    def sources(count: int) -> list[Idle]:
        return [Idle() for _ in range(count)]

    reads = spread(sources, range(500), work, most=4)
    assert [next(reads) for _ in range(20)] == list(range(20))
    with pytest.raises(ValueError, match="20"):
        next(reads)


def test_many_referrers_are_read_over_several_connections(server: Server) -> None:
    reference = server.policy()
    assert reference.digest is not None
    many = [server.attachment(reference.digest, b"%d" % number) for number in range(64)]
    server.serve(referrers_path(reference), index(*many), INDEX)
    with Fetcher(offline=False, limits=FAST) as fetcher:
        found = shown(fetcher.discover(reference))
        assert shown(fetcher.discover(reference)) == found
    assert sorted(found, key=int) == [str(number) for number in range(64)]


def test_many_layers_are_read_over_several_connections(server: Server) -> None:
    contents = [b"package p%d\n" % number for number in range(64)]
    for content in (*contents, b"{}"):
        server.blob(content)
    layers = [described(content, media_type="text/x-rego") for content in contents]
    manifest = image(b"", layers=layers)
    digest = Digest.of(manifest)
    server.manifest(digest, manifest)
    server.policy()
    reference = Reference("oci", f"{server.netloc}/team/policy", digest)
    with Fetcher(offline=False, limits=FAST) as fetcher:
        fetched = fetcher.policy(reference, attached=False)
    assert set(fetched.blobs.values()) == {*contents, b"{}"}
    assert [path for path, _ in server.seen if path.endswith(str(Digest.of(b"{}")))] == []


def test_all_connections_of_a_call_share_its_deadline(server: Server) -> None:
    """The list takes most of it, so that the many reads after it come too late."""
    reference = server.policy()
    assert reference.digest is not None
    many = [server.attachment(reference.digest, b"%d" % number) for number in range(40)]

    def listed(handler: Handler) -> None:
        server.stopped.wait(0.7)
        handler.reply(200, index(*many), INDEX)

    server.routes[referrers_path(reference)] = listed
    for content in many:
        path = f"/v2/{REPOSITORY}/manifests/{Digest.of(content)}"
        server.routes[path] = slowly(server.routes[path])
    limits = FAST._replace(deadline=1.0, connections=8)
    with (
        Fetcher(offline=False, limits=limits) as fetcher,
        pytest.raises(FetchError) as refused,
    ):
        fetcher.discover(reference)
    assert_code(refused, "DISCOVERY_INCOMPLETE", 5)


def slowly(route: Route) -> Route:
    def answer(handler: Handler) -> None:
        handler.server.stopped.wait(0.1)
        route(handler)

    return answer
