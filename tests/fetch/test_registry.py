"""Registries, honest and hostile: each lie and each failure has its code."""

from __future__ import annotations

import pytest

from attest.errors import FetchError
from attest.fetch import Fetcher, FetchLimits
from attest.fetch.manifest import INDEX, MANIFEST
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.fetch.helpers import BUNDLE, FAST, REGO, assert_code
from tests.fetch.hostile import (
    blob_path,
    broken,
    compressed,
    endless,
    endless_chunks,
    forbidden,
    hung_up,
    longer,
    loop,
    manifest_path,
    missing,
    no_http,
    other_bytes,
    partial,
    referrers_path,
    shorter,
    silent,
    slow_body,
    slow_body_without_length,
    slow_head,
    to_a_file,
    to_metadata,
    to_nowhere,
    to_plain_http,
    truncated,
    truncated_chunks,
    unauthorized,
)
from tests.fetch.server import REPOSITORY, Handler, Route, Server, image, index, serving

SLOW = FAST._replace(deadline=0.4, attempts=1)


def fetch(reference: Reference, limits: FetchLimits = FAST) -> None:
    with Fetcher(offline=False, limits=limits) as fetcher:
        fetcher.policy(reference)


def refusal(reference: Reference, limits: FetchLimits = FAST) -> str:
    with pytest.raises(FetchError) as refused:
        fetch(reference, limits)
    return refused.value.code


def test_an_honest_registry(server: Server) -> None:
    reference = server.policy()
    assert reference.digest is not None
    attached = server.attachment(reference.digest)
    server.serve(referrers_path(reference), index(attached), INDEX)
    with Fetcher(offline=False, limits=FAST) as fetcher:
        fetched = fetcher.policy(reference)
        again = fetcher.policy(reference)
    assert fetched == again
    assert fetched.artifact.digest == reference.digest
    assert fetched.blobs[Digest.of(REGO)] == REGO
    assert [each.artifact.content for each in fetched.attached] == [BUNDLE]
    assert all(sent is None for _, sent in server.seen)


@pytest.mark.parametrize(
    ("route", "code"),
    [
        (other_bytes, "DIGEST_MISMATCH"),
        (longer, "SIZE_MISMATCH"),
        (shorter, "SIZE_MISMATCH"),
        (endless, "SIZE_MISMATCH"),
        (endless_chunks, "SIZE_MISMATCH"),
        (compressed, "CONTENT_ENCODED"),
        (truncated, "BODY_TRUNCATED"),
        (truncated_chunks, "BODY_TRUNCATED"),
        (partial, "REGISTRY_FAILED"),
        (missing, "NOT_FOUND"),
        (forbidden, "REGISTRY_DENIED"),
        (unauthorized, "REGISTRY_DENIED"),
        (broken, "REGISTRY_FAILED"),
        (hung_up, "REGISTRY_UNREACHABLE"),
        (no_http, "REGISTRY_UNREACHABLE"),
        (loop, "REDIRECT_REFUSED"),
        (to_metadata, "REDIRECT_REFUSED"),
        (to_plain_http, "REDIRECT_REFUSED"),
        (to_a_file, "REDIRECT_REFUSED"),
        (to_nowhere, "REDIRECT_REFUSED"),
    ],
)
def test_a_hostile_or_failing_blob(server: Server, route: Route, code: str) -> None:
    reference = server.policy()
    server.routes[blob_path()] = route
    assert refusal(reference) == code


@pytest.mark.parametrize("route", [silent, slow_body, slow_body_without_length, slow_head])
def test_a_slow_server_is_held_to_the_deadline(server: Server, route: Route) -> None:
    reference = server.policy()
    server.routes[blob_path()] = route
    assert refusal(reference, SLOW) == "FETCH_TIMEOUT"
    assert not server.finished.is_set()


def test_a_silent_server_is_held_to_the_wait(server: Server) -> None:
    reference = server.policy()
    server.routes[blob_path()] = silent
    assert refusal(reference, FAST._replace(read=0.1)) == "FETCH_TIMEOUT"


@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (image(REGO), INDEX, "MEDIA_TYPE_MISMATCH"),
        (image(REGO), "text/html", "MEDIA_TYPE_MISMATCH"),
        (image(REGO, manifests=[]), MANIFEST, "MANIFEST_AMBIGUOUS"),
        (b"<html>", "text/html", "MANIFEST_MALFORMED"),
        (b" " * ((4 << 20) + 1), MANIFEST, "MANIFEST_TOO_LARGE"),
        (index(), INDEX, "MANIFEST_IS_INDEX"),
    ],
)
def test_a_manifest_that_is_none(
    server: Server, content: bytes, media_type: str, code: str
) -> None:
    digest = Digest.of(content)
    server.manifest(digest, content, media_type)
    assert refusal(Reference("oci", f"{server.netloc}/{REPOSITORY}", digest)) == code


def test_a_manifest_without_end(server: Server) -> None:
    reference = server.policy()
    server.routes[manifest_path(reference)] = endless_chunks
    assert refusal(reference, FAST._replace(manifest=1000)) == "MANIFEST_TOO_LARGE"


def test_another_manifest_than_the_pinned_one(server: Server) -> None:
    reference = server.policy()
    server.manifest(str(reference.digest), image(REGO, annotations={"other": "one"}))
    assert refusal(reference) == "DIGEST_MISMATCH"


def test_nobody_listens() -> None:
    with serving() as server:
        reference = server.policy()
    assert refusal(reference) == "REGISTRY_UNREACHABLE"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("asked", ["0", "86400", "soon", ""])
def test_a_server_that_recovers_is_asked_again(server: Server, status: int, asked: str) -> None:
    reference = server.policy()
    honest = server.routes[blob_path()]

    def flaky(handler: Handler) -> None:
        if sum(path == blob_path() for path, _ in server.seen) < 3:
            handler.reply(status, Retry_After=asked)
        else:
            honest(handler)

    server.routes[blob_path()] = flaky
    fetch(reference)


@pytest.mark.parametrize("route", [truncated, hung_up])
def test_a_connection_that_broke_is_tried_again(server: Server, route: Route) -> None:
    reference = server.policy()
    honest = server.routes[blob_path()]

    def flaky(handler: Handler) -> None:
        first = sum(path == blob_path() for path, _ in server.seen) == 1
        (route if first else honest)(handler)

    server.routes[blob_path()] = flaky
    fetch(reference)


def test_a_public_registry_does_not_lead_to_a_private_address(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only loopback is at hand: the second address is the less public one.
    reaches = iter([2, 2, 0])
    monkeypatch.setattr("attest.fetch.transport.reach", lambda _: next(reaches))
    reference = server.policy()
    with serving() as store:
        store.serve("/stored", REGO)
        server.routes[blob_path()] = lambda handler: handler.reply(
            307, Location=f"http://{store.netloc}/stored"
        )
        assert refusal(reference) == "REDIRECT_REFUSED"
        assert store.seen == []


def test_a_blob_may_be_elsewhere(server: Server) -> None:
    reference = server.policy()
    with serving() as store:
        store.serve("/stored", REGO)
        server.routes[blob_path()] = lambda handler: handler.reply(
            307, Location=f"http://{store.netloc}/stored"
        )
        fetch(reference)
        assert store.seen == [("/stored", None)]


@pytest.mark.parametrize(
    "locator",
    [
        "example.test/UPPER",
        "example.test/a//b",
        "example.test/../b",
        "example.test/a b",
        "example.test/a\r\nHost: b",
        "user@example.test/a",
        "example.test:99999/a",
        "example.test:0/a",
        "[::1/a",
        "example.test/" + "a" * 256,
        "example.test/" + "a/" * 400,
        "",
    ],
)
def test_a_malformed_reference_is_refused(locator: str) -> None:
    with pytest.raises(FetchError) as refused:
        fetch(Reference("oci", locator, Digest.of(b"x")))
    assert_code(refused, "REFERENCE_MALFORMED", 2)
