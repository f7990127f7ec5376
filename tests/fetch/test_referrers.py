"""What is attached to an artifact in a registry: a whole list, or no answer."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from attest.errors import FetchError
from attest.fetch import Fetcher, FetchLimits, Refusal
from attest.fetch.layout import referrers_tag
from attest.fetch.manifest import INDEX, MANIFEST
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.fetch.helpers import BUNDLE, FAST, REGO, assert_code, shown
from tests.fetch.hostile import (
    broken,
    compressed,
    forbidden,
    loop,
    missing,
    referrers_path,
    tag_path,
    truncated,
)
from tests.fetch.server import Handler, Route, Server, image, index, serving


def found(reference: Reference, limits: FetchLimits = FAST) -> list[str]:
    with Fetcher(offline=False, limits=limits) as fetcher:
        return shown(fetcher.discover(reference))


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


@pytest.mark.parametrize("relation", ['rel="next"', "Rel=NEXT"])
def test_the_next_page_is_found_in_whichever_field_and_case_it_stands(
    server: Server, relation: str
) -> None:
    reference = server.policy()
    assert reference.digest is not None
    attached = server.attachment(reference.digest)
    path = referrers_path(reference)
    first, second = f"<{path}/2?n=1>; {relation}", "</style.css>; rel=preload"
    server.routes[path] = lambda handler: handler.reply(
        200, index(), INDEX, Link=first, link=second
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
    with pytest.raises(FetchError) as refused:
        found(reference, FAST._replace(referrers=20))
    assert_code(refused, "DISCOVERY_TOO_MANY", 5)


def test_pages_are_not_read_to_their_end_when_they_are_too_many(server: Server) -> None:
    reference = server.policy()

    def more(handler: Handler) -> None:
        path, _, number = handler.path.partition("?n=")
        start = int(number or 0)
        page = index(*(b"%d" % each for each in range(start, start + 15)))
        handler.reply(200, page, INDEX, Link=f'<{path}?n={start + 15}>; rel="next"')

    server.routes[referrers_path(reference)] = more
    with pytest.raises(FetchError) as refused:
        found(reference, FAST._replace(referrers=20))
    assert_code(refused, "DISCOVERY_TOO_MANY", 5)
    assert len(server.seen) == 3


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


@pytest.mark.parametrize("place", [referrers_path, tag_path])
@pytest.mark.parametrize("subject", [Digest.of(b"another"), None])
def test_what_refers_to_something_else_is_refused(
    server: Server, place: Callable[[Reference], str], subject: Digest | None
) -> None:
    reference = server.policy()
    stranger = server.attachment(subject) if subject else image(b"{}")
    server.manifest(Digest.of(stranger), stranger)
    server.serve(place(reference), index(stranger), INDEX)
    assert found(reference) == ["REFERRER_SUBJECT"]


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


def page_that_leads_back(handler: Handler) -> None:
    handler.reply(200, index(), INDEX, Link=f'<{handler.path}>; rel="next"')


def page_for_ever(handler: Handler) -> None:
    path, _, number = handler.path.partition("?n=")
    handler.reply(200, index(), INDEX, Link=f'<{path}?n={int(number or 0) + 1}>; rel="next"')


def page_that_fails(handler: Handler) -> None:
    if "?" in handler.path:
        handler.reply(500)
    else:
        handler.reply(200, index(), INDEX, Link=f'<{handler.path}?n=1>; rel="next"')


def page_cut_short(handler: Handler) -> None:
    if "?" in handler.path:
        truncated(handler)
    else:
        handler.reply(200, index(), INDEX, Link=f'<{handler.path}?n=1>; rel="next"')


def filtered(handler: Handler) -> None:
    handler.reply(200, index(), INDEX, OCI_Filters_Applied="artifactType")


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


def far_too_many(handler: Handler) -> None:
    entry = json.loads(index(b"x"))["manifests"][0]
    document = json.loads(index()) | {"manifests": [entry] * 100_000}
    handler.reply(200, json.dumps(document).encode(), INDEX)


def dangling(handler: Handler) -> None:
    handler.reply(200, index(b"not there"), INDEX)


@pytest.mark.parametrize(
    ("route", "code"),
    [
        (page_elsewhere, "DISCOVERY_INCOMPLETE"),
        (page_that_leads_back, "DISCOVERY_LOOP"),
        (page_for_ever, "DISCOVERY_TOO_MANY"),
        (page_that_fails, "DISCOVERY_INCOMPLETE"),
        (page_cut_short, "DISCOVERY_INCOMPLETE"),
        (page_missing, "DISCOVERY_INCOMPLETE"),
        (page_unreadable, "DISCOVERY_INCOMPLETE"),
        (filtered, "DISCOVERY_INCOMPLETE"),
        (no_index, "DISCOVERY_INCOMPLETE"),
        (html, "DISCOVERY_INCOMPLETE"),
        (too_many, "DISCOVERY_TOO_MANY"),
        (far_too_many, "DISCOVERY_TOO_MANY"),
        (dangling, "DISCOVERY_INCOMPLETE"),
        (forbidden, "DISCOVERY_INCOMPLETE"),
        (broken, "DISCOVERY_INCOMPLETE"),
        (compressed, "DISCOVERY_INCOMPLETE"),
        (truncated, "DISCOVERY_INCOMPLETE"),
        (loop, "DISCOVERY_INCOMPLETE"),
    ],
)
@pytest.mark.parametrize("place", [referrers_path, tag_path])
def test_a_list_that_is_not_whole_is_no_answer(
    server: Server, route: Route, code: str, place: Callable[[Reference], str]
) -> None:
    if place is tag_path and route.__name__.startswith(("page", "filtered")):
        return  # A tag has neither pages nor filters.
    reference = server.policy()
    server.routes[place(reference)] = route
    with Fetcher(offline=False, limits=FAST._replace(referrers=20)) as fetcher:
        for read in (fetcher.policy, fetcher.discover):
            with pytest.raises(FetchError) as refused:
                read(reference)
            assert_code(refused, code, 5)
    assert len(server.seen) < 60


def test_a_repository_that_is_not_there_has_no_empty_list(server: Server) -> None:
    reference = Reference("oci", f"{server.netloc}/else/where", Digest.of(b"x"))
    with pytest.raises(FetchError) as refused:
        found(reference)
    assert_code(refused, "DISCOVERY_INCOMPLETE", 5)
