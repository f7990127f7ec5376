"""GitHub's attestations: the documented shape, its pages, and every way to answer otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from attest.errors import FetchError
from attest.fetch.apis import github
from attest.fetch.apis.place import Endpoint
from attest.fetch.apis.session import Session
from attest.fetch.exchange import Response
from attest.fetch.transport import Transport
from attest.fetch.urls import Url, reach
from attest.model.artifact import Reference
from tests.fetch.apis.asking import BUNDLES, DIGEST, JSON, ask, body, documents, refusal
from tests.fetch.apis.test_snappy import literals
from tests.fetch.helpers import FAST
from tests.fetch.hostile import (
    broken,
    compressed,
    endless,
    endless_chunks,
    forbidden,
    hung_up,
    loop,
    no_http,
    partial,
    silent,
    slow_head,
    to_metadata,
    to_plain_http,
    truncated,
    unauthorized,
)
from tests.fetch.server import Handler, Route, Server, serving

PLACE = "github:org/app"
PATH = f"/repos/org/app/attestations/{DIGEST}"
INCOMPLETE = "DISCOVERY_INCOMPLETE"


def page(*bundles: Any) -> bytes:
    """Answer as docs.github.com/rest/repos/attestations shows it."""
    listed = [{"bundle": bundle, "repository_id": 1, "bundle_url": "x"} for bundle in bundles]
    return body({"attestations": listed})


def test_one_page(server: Server) -> None:
    server.serve(PATH, page(*BUNDLES[:2]), JSON)
    assert documents(ask(server, PLACE)) == BUNDLES[:2]
    assert [path for path, _ in server.seen] == [f"{PATH}?per_page=30"]
    assert all(authorization is None for _, authorization in server.seen)


def test_an_api_below_a_path(server: Server) -> None:
    server.serve(f"/api/v3{PATH}", page(BUNDLES[0]), JSON)
    assert documents(ask(server, PLACE, prefix="/api/v3/")) == BUNDLES[:1]


def pages(server: Server, count: int, link: str = '<{}>; rel="next"') -> None:
    """Serve ``count`` pages of one bundle each, by cursors in absolute URLs."""

    def answer(handler: Handler) -> None:
        number = int(handler.path.partition("after=")[2] or 0)
        following = f"http://{server.netloc}{PATH}?per_page=30&after={number + 1}"
        more = {"Link": f'<x>; rel="prev", {link.format(following)}'} if number + 1 < count else {}
        handler.reply(200, page(BUNDLES[number % 4]), JSON, **more)

    server.routes[PATH] = answer


def test_pages(server: Server) -> None:
    pages(server, 3)
    assert documents(ask(server, PLACE)) == BUNDLES[:3]


@pytest.mark.parametrize("relation", ['Rel="NEXT"', "REL=Next", "rel=next; title=more"])
def test_a_list_is_never_cut_short_by_how_its_next_page_is_named(
    server: Server, relation: str
) -> None:
    pages(server, 3, f"<{{}}>; {relation}")
    assert documents(ask(server, PLACE)) == BUNDLES[:3]


def test_nothing_is_an_answer(server: Server) -> None:
    server.serve(PATH, page(), JSON)
    assert ask(server, PLACE) == ()


def test_bundles_behind_a_url(server: Server) -> None:
    listed = [
        {"bundle": None, "bundle_url": f"http://{server.netloc}/blob"},
        {"bundle_url": f"http://{server.netloc}/plain"},
    ]
    server.serve(PATH, body({"attestations": listed}), JSON)
    server.serve("/blob", literals(body(BUNDLES[0])), "application/x-snappy")
    server.serve("/plain", body(BUNDLES[1]), JSON)
    assert documents(ask(server, PLACE)) == BUNDLES[:2]


@pytest.mark.parametrize(
    ("route", "cause"),
    [
        (lambda handler: handler.reply(404, body({"message": "Not Found"}), JSON), "NOT_FOUND"),
        (forbidden, "REGISTRY_DENIED"),
        (unauthorized, "REGISTRY_DENIED"),
        (broken, "REGISTRY_FAILED"),
        (partial, "REGISTRY_FAILED"),
        (hung_up, "REGISTRY_UNREACHABLE"),
        (no_http, "REGISTRY_UNREACHABLE"),
        (truncated, "BODY_TRUNCATED"),
        (compressed, "CONTENT_ENCODED"),
        (loop, "REDIRECT_REFUSED"),
        (to_metadata, "REDIRECT_REFUSED"),
        (to_plain_http, "REDIRECT_REFUSED"),
        (lambda handler: handler.reply(200, page(), "text/html"), "REGISTRY_FAILED"),
        (lambda handler: handler.reply(200, page(), ""), "REGISTRY_FAILED"),
        (lambda handler: handler.reply(200, b"<html>", JSON), "REGISTRY_FAILED"),
        (lambda handler: handler.reply(204, b"", JSON), "REGISTRY_FAILED"),
    ],
)
def test_what_is_no_complete_answer(server: Server, route: Route, cause: str) -> None:
    server.routes[PATH] = route
    assert refusal(server, PLACE) == f"{INCOMPLETE} {cause}"


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"attestations": None},
        {"attestations": {}},
        {"attestations": ["x"]},
        {"attestations": [{}]},
        {"attestations": [{"bundle": []}]},
        {"attestations": [{"bundle": "{}"}]},
        {"attestations": [{"bundle_url": 5}]},
        {"attestations": [{"bundle": BUNDLES[0]}, {"repository_id": 1}]},
    ],
)
def test_other_shapes(server: Server, document: Any) -> None:
    server.serve(PATH, body(document), JSON)
    assert refusal(server, PLACE) == f"{INCOMPLETE} REGISTRY_FAILED"


def test_two_readings_of_one_answer(server: Server) -> None:
    server.serve(PATH, b'{"attestations": [{}], "attestations": []}', JSON)
    assert refusal(server, PLACE) == f"{INCOMPLETE} REGISTRY_FAILED"


@pytest.mark.parametrize("route", [endless, endless_chunks])
def test_an_endless_answer(server: Server, route: Route) -> None:
    server.routes[PATH] = route
    assert refusal(server, PLACE, limits=FAST._replace(blob=1_000)) == "DISCOVERY_TOO_MANY"


@pytest.mark.parametrize("route", [silent, slow_head])
def test_a_slow_answer(server: Server, route: Route) -> None:
    server.routes[PATH] = route
    slow = FAST._replace(deadline=0.4, attempts=1)
    assert refusal(server, PLACE, limits=slow) == f"{INCOMPLETE} FETCH_TIMEOUT"


def test_pages_that_lead_in_a_circle(server: Server) -> None:
    link = f'<http://{server.netloc}{PATH}?per_page=30>; rel="next"'
    server.routes[PATH] = lambda handler: handler.reply(200, page(BUNDLES[0]), JSON, Link=link)
    assert refusal(server, PLACE) == "DISCOVERY_LOOP"


def test_pages_without_end(server: Server) -> None:
    pages(server, 1_000)
    assert refusal(server, PLACE, limits=FAST._replace(referrers=5)) == "DISCOVERY_TOO_MANY"


def test_empty_pages_without_end(server: Server) -> None:
    def answer(handler: Handler) -> None:
        number = int(handler.path.partition("after=")[2] or 0)
        link = f'<http://{server.netloc}{PATH}?after={number + 1}>; rel="next"'
        handler.reply(200, page(), JSON, Link=link)

    server.routes[PATH] = answer
    assert refusal(server, PLACE, limits=FAST._replace(referrers=5)) == "DISCOVERY_TOO_MANY"


def test_all_pages_together_are_bounded(server: Server) -> None:
    pages(server, 50)
    assert refusal(server, PLACE, limits=FAST._replace(total=500)) == "DISCOVERY_TOO_MANY"


@pytest.mark.parametrize(
    ("link", "cause"),
    [
        ('<https://example.test/x>; rel="next"', "REDIRECT_REFUSED"),
        ('<file:///etc/passwd>; rel="next"', "REDIRECT_REFUSED"),
        ('<http://169.254.169.254/>; rel="next"', "REDIRECT_REFUSED"),
        ("<{}>; rel='next'", "REGISTRY_FAILED"),
        ("next", "REGISTRY_FAILED"),
    ],
)
def test_a_next_page_elsewhere(server: Server, link: str, cause: str) -> None:
    pages(server, 3, link)
    assert refusal(server, PLACE) == f"{INCOMPLETE} {cause}"


def test_a_page_that_fails_leaves_nothing(server: Server) -> None:
    def answer(handler: Handler) -> None:
        if "after" in handler.path:
            handler.reply(500)
        else:
            link = f'<http://{server.netloc}{PATH}?after=1>; rel="next"'
            handler.reply(200, page(BUNDLES[0]), JSON, Link=link)

    server.routes[PATH] = answer
    assert refusal(server, PLACE) == f"{INCOMPLETE} REGISTRY_FAILED"


@pytest.mark.parametrize(
    ("link", "cause"),
    [
        ("http://169.254.169.254/latest", "REDIRECT_REFUSED"),
        ("http://example.test/blob", "REDIRECT_REFUSED"),
        ("file:///etc/passwd", "REDIRECT_REFUSED"),
        ("http://{}/missing", "NOT_FOUND"),
        ("http://{}/cut", "REGISTRY_FAILED"),
        ("http://{}/no-json", "REGISTRY_FAILED"),
        ("http://{}/list", "REGISTRY_FAILED"),
    ],
)
def test_a_bundle_url_that_leads_astray(server: Server, link: str, cause: str) -> None:
    entry = {"bundle_url": link.format(server.netloc)}
    server.serve(PATH, body({"attestations": [entry]}), JSON)
    server.serve("/cut", literals(body(BUNDLES[0]))[:-1])
    server.serve("/no-json", literals(b"<html>"))
    server.serve("/list", literals(b"[]"))
    assert refusal(server, PLACE) == f"{INCOMPLETE} {cause}"


def test_a_bundle_that_is_cut_short_is_called_so(server: Server) -> None:
    entry = {"bundle_url": f"http://{server.netloc}/cut"}
    server.serve(PATH, body({"attestations": [entry]}), JSON)
    server.serve("/cut", literals(body(BUNDLES[0]))[:-1])
    with pytest.raises(FetchError, match="a bundle is snappy that is cut short"):
        ask(server, PLACE)


def test_a_bundle_url_of_a_public_api_leads_nowhere_private(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API answers as if from a public address; what it names is on this machine."""
    with serving() as private:
        private.serve("/blob", body(BUNDLES[0]), JSON)
        entry = {"bundle_url": f"http://{private.netloc}/blob"}
        server.serve(PATH, body({"attestations": [entry]}), JSON)

        def public_at_first(address: str) -> int:
            return reach(address) if server.seen else 2

        monkeypatch.setattr("attest.fetch.transport.reach", public_at_first)
        assert refusal(server, PLACE) == f"{INCOMPLETE} REDIRECT_REFUSED"
        assert private.seen == []
    assert len(server.seen) == 1


def test_a_spent_rate_limit_is_said(server: Server) -> None:
    limited = {"X_RateLimit_Remaining": "0"}
    server.routes[PATH] = lambda handler: handler.reply(403, b"", JSON, **limited)
    with pytest.raises(FetchError, match="rate limit is spent"):
        ask(server, PLACE)


def test_a_signature_in_a_refused_url_is_not_shown(server: Server) -> None:
    entry = {"bundle_url": "http://storage.example/blob?sig=secret"}
    server.serve(PATH, body({"attestations": [entry]}), JSON)
    with pytest.raises(FetchError) as refused:
        ask(server, PLACE)
    assert "storage.example" in refused.value.message
    assert "secret" not in refused.value.message


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("http://{}/blob", "REDIRECT_REFUSED"),
        ("https://127.0.0.1:1/blob", "REGISTRY_UNREACHABLE"),
    ],
)
def test_a_bundle_url_does_not_leave_https(server: Server, link: str, code: str) -> None:
    place = Reference("github", "org/app")
    transport = Transport(FAST)
    session = Session(place, Endpoint("https://api.example.test"), FAST, transport)
    listed = Response(Url.parse("https://api.example.test/"), 200, {}, b"", 0)
    with pytest.raises(FetchError) as refused:
        github.bundle_of(session, {"bundle_url": link.format(server.netloc)}, listed)
    assert refused.value.code == code
    assert server.seen == []
    transport.close()
