"""Registries, honest and hostile: each lie and each failure has its code."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from attest.errors import FetchError
from attest.fetch import Fetcher, FetchLimits, Refusal
from attest.fetch.layout import referrers_tag
from attest.fetch.manifest import INDEX, MANIFEST
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from tests.fetch.helpers import BUNDLE, FAST, REGO, assert_code
from tests.fetch.server import REPOSITORY, Handler, Route, Server, image, index, serving

SLOW = replace(FAST, deadline=0.4, attempts=1)


def fetch(reference: Reference, limits: FetchLimits = FAST) -> None:
    with Fetcher(offline=False, limits=limits) as fetcher:
        fetcher.policy(reference)


def refusal(reference: Reference, limits: FetchLimits = FAST) -> str:
    with pytest.raises(FetchError) as refused:
        fetch(reference, limits)
    return refused.value.code


def blob_path(content: bytes = REGO) -> str:
    return f"/v2/{REPOSITORY}/blobs/{Digest.of(content)}"


def manifest_path(reference: Reference) -> str:
    return f"/v2/{REPOSITORY}/manifests/{reference.digest}"


def referrers_path(reference: Reference) -> str:
    return f"/v2/{REPOSITORY}/referrers/{reference.digest}"


def tag_path(reference: Reference) -> str:
    assert reference.digest is not None
    return f"/v2/{REPOSITORY}/manifests/{referrers_tag(reference.digest)}"


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
    assert [each.content for each in fetched.attached] == [BUNDLE]
    assert all(sent is None for _, sent in server.seen)


def other_bytes(handler: Handler) -> None:
    handler.reply(200, REGO.upper())


def longer(handler: Handler) -> None:
    handler.reply(200, REGO + b" ")


def shorter(handler: Handler) -> None:
    handler.reply(200, REGO[:-1])


def endless(handler: Handler) -> None:
    handler.start(200)
    handler.drip(b"x" * 100_000, 0)


def endless_chunks(handler: Handler) -> None:
    handler.start(200, Transfer_Encoding="chunked")
    handler.drip(b"2\r\nxx\r\n" * 20_000, 0)


def compressed(handler: Handler) -> None:
    handler.reply(200, gzip.compress(REGO), Content_Encoding="gzip")


def truncated(handler: Handler) -> None:
    handler.start(200, Content_Length=str(len(REGO)))
    handler.wfile.write(REGO[:-2])
    handler.close_connection = True


def truncated_chunks(handler: Handler) -> None:
    handler.start(200, Transfer_Encoding="chunked")
    handler.wfile.write(b"20\r\nxx")
    handler.close_connection = True


def partial(handler: Handler) -> None:
    handler.reply(206, REGO)


def missing(handler: Handler) -> None:
    handler.reply(404, b"x" * 500)


def forbidden(handler: Handler) -> None:
    handler.reply(403)


def unauthorized(handler: Handler) -> None:
    handler.reply(401)


def broken(handler: Handler) -> None:
    handler.reply(500)


def silent(handler: Handler) -> None:
    handler.server.stopped.wait(5)


def hung_up(handler: Handler) -> None:
    handler.close_connection = True


def no_http(handler: Handler) -> None:
    handler.wfile.write(b"SSH-2.0-registry\r\n")
    handler.close_connection = True


def slow_body(handler: Handler) -> None:
    handler.start(200, Content_Length=str(len(REGO)))
    handler.drip(REGO, 0.2)


def slow_body_without_length(handler: Handler) -> None:
    handler.start(200, Connection="close")
    handler.drip(REGO, 0.2)
    handler.close_connection = True


def slow_head(handler: Handler) -> None:
    handler.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n", 0.05)


def loop(handler: Handler) -> None:
    handler.reply(307, Location=handler.path)


def to_metadata(handler: Handler) -> None:
    handler.reply(307, Location="http://169.254.169.254/latest/meta-data")


def to_plain_http(handler: Handler) -> None:
    handler.reply(307, Location="http://example.test/blob")


def to_a_file(handler: Handler) -> None:
    handler.reply(307, Location="file:///etc/passwd")


def to_nowhere(handler: Handler) -> None:
    handler.reply(307)


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
    assert refusal(reference, replace(FAST, read=0.1)) == "FETCH_TIMEOUT"


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
    assert refusal(reference, replace(FAST, manifest=1000)) == "MANIFEST_TOO_LARGE"


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
    reaches = iter([2, 0])
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
        "localhost/repo",
        "repo",
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


def found(reference: Reference) -> list[str]:
    with Fetcher(offline=False, limits=FAST) as fetcher:
        entries = fetcher.referrers(reference)
    return [
        each.content.decode() if isinstance(each, Artifact) else each.problem.code
        for each in entries
    ]


def test_an_empty_list_is_believed_of_a_registry_that_has_the_subject(server: Server) -> None:
    assert found(server.policy()) == []


def test_without_the_api_the_tag_is_the_list(server: Server) -> None:
    reference = server.policy()
    assert reference.digest is not None
    server.routes[referrers_path(reference)] = missing
    assert found(reference) == []
    attached = server.attachment(reference.digest)
    server.manifest(referrers_tag(reference.digest), index(attached), INDEX)
    assert found(reference) == [BUNDLE.decode()]


def test_an_empty_api_does_not_hide_the_tag(server: Server) -> None:
    reference = server.policy()
    assert reference.digest is not None
    attached = server.attachment(reference.digest)
    server.manifest(referrers_tag(reference.digest), index(attached), INDEX)
    assert found(reference) == [BUNDLE.decode()]


def test_the_list_has_pages(server: Server) -> None:
    reference = server.policy()
    assert reference.digest is not None
    attached = server.attachment(reference.digest)
    path = referrers_path(reference)
    server.routes[path] = lambda handler: handler.reply(
        200, index(), INDEX, Link=f'<{path}/2?n=1>; rel="next"'
    )
    server.serve(f"{path}/2", index(attached), INDEX)
    assert found(reference) == [BUNDLE.decode()]


def test_the_api_and_the_tag_are_both_read(server: Server) -> None:
    reference = server.policy()
    assert reference.digest is not None
    attached = server.attachment(reference.digest)
    server.serve(referrers_path(reference), index(attached), INDEX)
    other = server.attachment(reference.digest, b"{}")
    server.manifest(referrers_tag(reference.digest), index(other), INDEX)
    assert sorted(found(reference)) == [BUNDLE.decode(), "{}"]


def test_the_pages_together_are_bounded(server: Server) -> None:
    reference = server.policy()
    assert reference.digest is not None
    page = index(*[server.attachment(reference.digest)] * 15)
    path = referrers_path(reference)
    server.routes[path] = lambda handler: handler.reply(
        200, page, INDEX, Link=f'<{path}/2>; rel="next"'
    )
    server.serve(f"{path}/2", page, INDEX)
    assert len(found(reference)) == 1
    with (
        Fetcher(offline=False, limits=replace(FAST, referrers=20)) as fetcher,
        pytest.raises(FetchError) as refused,
    ):
        fetcher.referrers(reference)
    assert_code(refused, "DISCOVERY_INCOMPLETE", 5)


def test_a_page_on_another_host_is_not_asked_for(server: Server) -> None:
    reference = server.policy()
    path = referrers_path(reference)
    with serving() as stranger:
        stranger.serve("/page", index(), INDEX)
        server.routes[path] = lambda handler: handler.reply(
            200, index(), INDEX, Link=f'<http://{stranger.netloc}/page>; rel="next"'
        )
        with pytest.raises(FetchError) as refused:
            found(reference)
        assert_code(refused, "DISCOVERY_INCOMPLETE", 5)
        assert stranger.seen == []


def test_what_refers_to_something_else_is_left_out(server: Server) -> None:
    reference = server.policy()
    stranger = server.attachment(Digest.of(b"another"))
    server.serve(referrers_path(reference), index(stranger), INDEX)
    assert found(reference) == []


def test_a_referrer_that_lies_is_listed(server: Server) -> None:
    reference = server.policy()
    assert reference.digest is not None
    attached = server.attachment(reference.digest)
    server.serve(referrers_path(reference), index(attached), INDEX)
    server.manifest(Digest.of(attached), attached.replace(b"size", b"Size"))
    assert found(reference) == ["DIGEST_MISMATCH"]
    with Fetcher(offline=False, limits=FAST) as fetcher:
        assert isinstance(fetcher.policy(reference).refused[0], Refusal)


def page_elsewhere(handler: Handler) -> None:
    handler.reply(200, index(), INDEX, Link='<https://example.test/v2/>; rel="next"')


def page_for_ever(handler: Handler) -> None:
    handler.reply(200, index(), INDEX, Link=f'<{handler.path}>; rel="next"')


def page_missing(handler: Handler) -> None:
    handler.reply(200, index(), INDEX, Link=f'<{handler.path}/2>; rel="next"')


def page_unreadable(handler: Handler) -> None:
    handler.reply(200, index(), INDEX, Link="rel=next")


def no_index(handler: Handler) -> None:
    handler.reply(200, image(REGO), MANIFEST)


def html(handler: Handler) -> None:
    handler.reply(200, b"<html>", "text/html")


def too_many(handler: Handler) -> None:
    entries = json.loads(index(*(str(n).encode() for n in range(1001))))
    handler.reply(200, json.dumps(entries).encode(), INDEX)


def dangling(handler: Handler) -> None:
    handler.reply(200, index(b"not there"), INDEX)


@pytest.mark.parametrize(
    "route",
    [
        page_elsewhere,
        page_for_ever,
        page_missing,
        page_unreadable,
        no_index,
        html,
        too_many,
        dangling,
        forbidden,
        broken,
        compressed,
        truncated,
        loop,
    ],
)
@pytest.mark.parametrize("place", [referrers_path, tag_path])
def test_a_list_that_is_not_whole_is_no_answer(
    server: Server, route: Route, place: Callable[[Reference], str]
) -> None:
    if place is tag_path and route.__name__.startswith("page"):
        return  # A tag has no pages.
    reference = server.policy()
    server.routes[place(reference)] = route
    with Fetcher(offline=False, limits=replace(FAST, referrers=20)) as fetcher:
        for read in (fetcher.policy, fetcher.referrers):
            with pytest.raises(FetchError) as refused:
                read(reference)
            assert_code(refused, "DISCOVERY_INCOMPLETE", 5)
    assert len(server.seen) < 60


def test_a_repository_that_is_not_there_has_no_empty_list(server: Server) -> None:
    reference = Reference("oci", f"{server.netloc}/else/where", Digest.of(b"x"))
    with pytest.raises(FetchError) as refused:
        found(reference)
    assert_code(refused, "DISCOVERY_INCOMPLETE", 5)
