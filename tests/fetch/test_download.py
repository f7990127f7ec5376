"""Files behind a URL with a digest: bounded while they come, whatever the server does."""

from __future__ import annotations

import pytest

from attest.errors import FetchError
from attest.fetch import Fetcher, FetchLimits
from attest.fetch.urls import reach
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.fetch.helpers import BUNDLE, FAST, REGO, assert_code
from tests.fetch.hostile import (
    compressed,
    endless,
    endless_chunks,
    hung_up,
    longer,
    loop,
    no_http,
    other_bytes,
    partial,
    silent,
    slow_head,
    to_a_file,
    to_metadata,
    to_nowhere,
    to_plain_http,
    truncated_chunks,
)
from tests.fetch.server import Route, Server, serving

SMALL = FAST._replace(blob=1_000, manifest=1_000)
SLOW = FAST._replace(deadline=0.4, attempts=1)


def reference(server: Server, query: str = "") -> Reference:
    return Reference("http", f"//{server.netloc}/p.rego{query}", Digest.of(REGO))


def refusal(server: Server, limits: FetchLimits = SMALL, *, attached: bool = False) -> str:
    with (
        Fetcher(offline=False, limits=limits) as fetcher,
        pytest.raises(FetchError) as refused,
    ):
        fetcher.policy(reference(server), attached=attached)
    return refused.value.code


@pytest.mark.parametrize(
    ("route", "code"),
    [
        (other_bytes, "DIGEST_MISMATCH"),
        (longer, "DIGEST_MISMATCH"),
        (endless, "BLOB_TOO_LARGE"),
        (endless_chunks, "BLOB_TOO_LARGE"),
        (truncated_chunks, "BODY_TRUNCATED"),
        (compressed, "CONTENT_ENCODED"),
        (partial, "REGISTRY_FAILED"),
        (hung_up, "REGISTRY_UNREACHABLE"),
        (no_http, "REGISTRY_UNREACHABLE"),
        (loop, "REDIRECT_REFUSED"),
        (to_metadata, "REDIRECT_REFUSED"),
        (to_plain_http, "REDIRECT_REFUSED"),
        (to_a_file, "REDIRECT_REFUSED"),
        (to_nowhere, "REDIRECT_REFUSED"),
    ],
)
def test_a_hostile_or_failing_server(server: Server, route: Route, code: str) -> None:
    server.routes["/p.rego"] = route
    assert refusal(server) == code
    server.serve("/p.rego", REGO)
    server.routes["/p.rego.sigstore.json"] = route
    if code != "DIGEST_MISMATCH":
        assert refusal(server, attached=True) == code


@pytest.mark.parametrize("route", [silent, slow_head])
def test_a_slow_server(server: Server, route: Route) -> None:
    server.routes["/p.rego"] = route
    assert refusal(server, SLOW) == "FETCH_TIMEOUT"


def test_the_signature_beside_it(server: Server) -> None:
    server.serve("/p.rego", REGO)
    with Fetcher(offline=False, limits=FAST) as fetcher:
        assert fetcher.policy(reference(server)).attached == ()
        server.serve("/p.rego.sigstore.json", BUNDLE)
        (found,) = fetcher.policy(reference(server)).attached
        assert found.artifact.content == BUNDLE
        assert fetcher.policy(reference(server, "?v=1")).attached == ()
    assert found.artifact.reference.digest is None


def test_redirects_end(server: Server) -> None:
    for hop in range(5):
        target = f"http://{server.netloc}/{hop + 1}"
        path = f"/{hop}" if hop else "/p.rego"
        server.routes[path] = lambda handler, target=target: handler.reply(301, Location=target)  # type: ignore[misc]
    server.serve("/5", REGO)
    assert refusal(server) == "REDIRECT_REFUSED"
    assert len(server.seen) == FAST.redirects + 1


def test_a_public_server_leads_nowhere_private(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first address counts as public; the redirect leads to this machine."""
    with serving() as private:
        private.serve("/p.rego", REGO)
        target = f"http://{private.netloc}/p.rego"
        server.routes["/p.rego"] = lambda handler: handler.reply(302, Location=target)

        def public_at_first(address: str) -> int:
            return reach(address) if server.seen else 2

        monkeypatch.setattr("attest.fetch.transport.reach", public_at_first)
        assert refusal(server) == "REDIRECT_REFUSED"
        assert private.seen == []
    assert len(server.seen) == 1


@pytest.mark.parametrize("locator", ["//u@example.test/", "//example.test:0/", "//"])
def test_a_malformed_url(locator: str) -> None:
    with Fetcher(offline=False) as fetcher, pytest.raises(FetchError) as refused:
        fetcher.download(Reference("https", locator, Digest.of(REGO)))
    assert_code(refused, "REFERENCE_MALFORMED", 2)


def test_download_is_for_the_web_alone() -> None:
    with Fetcher(offline=False) as fetcher, pytest.raises(FetchError) as refused:
        fetcher.download(Reference("file", "p.rego", Digest.of(REGO)))
    assert_code(refused, "SCHEME_UNSUPPORTED", 2)
    with Fetcher(offline=True) as fetcher, pytest.raises(FetchError) as refused:
        fetcher.download(Reference("https", "//example.test/p.rego", Digest.of(REGO)))
    assert_code(refused, "OFFLINE", 5)
