"""Credentials go to the registry and its declared realm; nowhere else."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import oras.container
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import FetchError
from attest.fetch import Fetcher, names
from attest.fetch.names import Challenge
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.fetch.helpers import FAST, REGO, assert_code
from tests.fetch.server import REPOSITORY, Handler, Route, Server, serving

SECRET = base64.b64encode(b"user:pass").decode()
BASIC = f"Basic {SECRET}"


def store_credentials(home: Path, server: Server, auth: object = SECRET) -> None:
    (home / ".docker").mkdir()
    config = {"auths": {server.netloc: {"auth": auth}}}
    (home / ".docker" / "config.json").write_text(json.dumps(config))


def demand(server: Server, challenge: str, wanted: str) -> None:
    """Make every route of the registry answer 401 unless ``wanted`` is sent."""

    def guarded(honest: Route) -> Route:
        def route(handler: Handler) -> None:
            if handler.headers.get("Authorization") == wanted:
                honest(handler)
            else:
                handler.reply(401, b"x" * 400, WWW_Authenticate=challenge)

        return route

    for path, route in list(server.routes.items()):
        server.routes[path] = guarded(route)


def blob_path() -> str:
    return f"/v2/{REPOSITORY}/blobs/{Digest.of(REGO)}"


def bearer(netloc: str, scheme: str = "http") -> str:
    scope = f"repository:{REPOSITORY}:pull"
    return f'Bearer realm="{scheme}://{netloc}/token",service="registry",scope="{scope}"'


def fetch(reference: Reference) -> None:
    with Fetcher(offline=False, limits=FAST) as fetcher:
        assert REGO in fetcher.policy(reference, attached=False).blobs.values()


def refused_with(reference: Reference, code: str) -> None:
    with pytest.raises(FetchError) as refused:
        fetch(reference)
    assert_code(refused, code, 5)
    assert SECRET not in refused.value.message


@pytest.mark.parametrize("key", ["token", "access_token"])
def test_an_anonymous_token(server: Server, key: str) -> None:
    reference = server.policy()
    demand(server, bearer(server.netloc), "Bearer abc")
    server.serve("/token", json.dumps({key: "abc"}).encode())
    fetch(reference)
    asked = [(path, sent) for path, sent in server.seen if path.startswith("/token")]
    scope = f"repository%3A{REPOSITORY.replace('/', '%2F')}%3Apull"
    assert asked == [(f"/token?service=registry&scope={scope}", None)]


def test_stored_credentials_go_to_the_realm_of_the_same_host(home: Path, server: Server) -> None:
    store_credentials(home, server)
    reference = server.policy()
    demand(server, bearer(server.netloc), "Bearer abc")
    server.serve("/token", b'{"token":"abc"}')
    fetch(reference)
    for path, sent in server.seen:
        assert sent in ({BASIC} if path.startswith("/token") else {None, "Bearer abc"})


def test_stored_credentials_answer_a_basic_challenge(home: Path, server: Server) -> None:
    store_credentials(home, server)
    reference = server.policy()
    demand(server, 'Basic realm="registry"', BASIC)
    fetch(reference)


def test_credentials_are_sent_only_when_they_are_asked_for(home: Path, server: Server) -> None:
    store_credentials(home, server)
    fetch(server.policy())
    assert {sent for _, sent in server.seen} == {None}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_foreign_realm_gets_no_credentials(home: Path, server: Server, scheme: str) -> None:
    store_credentials(home, server)
    reference = server.policy()
    with serving() as thief:
        thief.serve("/token", b'{"token":"abc"}')
        demand(server, bearer(thief.netloc, scheme), "Bearer abc")
        refused_with(reference, "REALM_REFUSED")
        assert thief.seen == []


def test_an_anonymous_client_is_not_sent_elsewhere_either(server: Server) -> None:
    reference = server.policy()
    with serving() as stranger:
        stranger.serve("/token", b'{"token":"abc"}')
        demand(server, bearer(stranger.netloc), "Bearer abc")
        refused_with(reference, "REALM_REFUSED")
        assert stranger.seen == []


def test_a_public_registry_has_no_realm_at_a_private_address(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only loopback is at hand: the second address is the less public one.
    reaches = iter([2, 2, 0])
    monkeypatch.setattr("attest.fetch.transport.reach", lambda _: next(reaches))
    reference = server.policy()
    with serving() as inner:
        demand(server, bearer(inner.netloc, "https"), "Bearer abc")
        refused_with(reference, "REDIRECT_REFUSED")


@pytest.mark.parametrize(
    "realm", ["http://example.test/token", "file:///etc/passwd", "", "http://169.254.169.254/"]
)
def test_a_realm_that_is_no_place_for_a_request(server: Server, realm: str) -> None:
    reference = server.policy()
    demand(server, f'Bearer realm="{realm}",service="registry"', "Bearer abc")
    refused_with(reference, "REALM_REFUSED")


def test_a_redirect_carries_no_credentials(home: Path, server: Server) -> None:
    store_credentials(home, server)
    reference = server.policy()
    with serving() as store:
        store.serve("/stored", REGO)
        location = f"http://{store.netloc}/stored"
        server.routes[blob_path()] = lambda handler: handler.reply(307, Location=location)
        demand(server, 'Basic realm="registry"', BASIC)
        fetch(reference)
        assert store.seen == [("/stored", None)]


def test_a_redirect_target_that_asks_for_credentials_gets_none(home: Path, server: Server) -> None:
    store_credentials(home, server)
    reference = server.policy()
    with serving() as thief:
        thief.routes["/stored"] = lambda handler: handler.reply(
            401, WWW_Authenticate='Basic realm="registry"'
        )
        server.routes[blob_path()] = lambda handler: handler.reply(
            307, Location=f"http://{thief.netloc}/stored"
        )
        refused_with(reference, "REGISTRY_DENIED")
        assert thief.seen == [("/stored", None)]


def test_a_realm_may_not_redirect(home: Path, server: Server) -> None:
    store_credentials(home, server)
    reference = server.policy()
    demand(server, bearer(server.netloc), "Bearer abc")
    server.routes["/token"] = lambda handler: handler.reply(307, Location="/elsewhere")
    refused_with(reference, "REDIRECT_REFUSED")


@pytest.mark.parametrize(
    "answer",
    [b"", b"[]", b"{}", b'{"token":5}', b'{"token":"a\\r\\nHost: b"}', b'{"token":""}', b"<html>"],
)
def test_a_realm_that_gives_no_token(server: Server, answer: bytes) -> None:
    reference = server.policy()
    demand(server, bearer(server.netloc), "Bearer abc")
    server.serve("/token", answer)
    refused_with(reference, "REGISTRY_DENIED")


def test_a_token_that_comes_with_a_refusal(server: Server) -> None:
    reference = server.policy()
    demand(server, bearer(server.netloc), "Bearer abc")
    server.routes["/token"] = lambda handler: handler.reply(403, b'{"token":"abc"}')
    refused_with(reference, "REGISTRY_DENIED")


def test_a_token_that_is_not_accepted(server: Server) -> None:
    reference = server.policy()
    demand(server, bearer(server.netloc), "Bearer abc")
    server.serve("/token", b'{"token":"wrong"}')
    refused_with(reference, "REGISTRY_DENIED")
    assert sum(path.startswith("/token") for path, _ in server.seen) == 1


@pytest.mark.parametrize("challenge", ["", "Negotiate", 'Basic realm="r"', "Digest x", "\u00ff=5"])
def test_a_challenge_that_cannot_be_met(server: Server, challenge: str) -> None:
    reference = server.policy()
    demand(server, challenge, "never")
    refused_with(reference, "REGISTRY_DENIED")


@pytest.mark.parametrize("text", ["{", "[]", '{"auths": []}', '{"auths": {"HOST": 5}}', "\0"])
def test_a_broken_configuration_is_said(home: Path, server: Server, text: str) -> None:
    (home / ".docker").mkdir()
    config = home / ".docker" / "config.json"
    config.write_text(text.replace("HOST", server.netloc))
    reference = server.policy()
    fetch(reference)
    demand(server, 'Basic realm="registry"', BASIC)
    with pytest.raises(FetchError) as refused:
        fetch(reference)
    assert refused.value.code in {"CREDENTIALS_UNREADABLE", "REGISTRY_DENIED"}


@pytest.mark.parametrize("auth", ["a\r\nHost: b", 5, "not base64!"])
def test_stored_credentials_that_are_none(home: Path, server: Server, auth: object) -> None:
    store_credentials(home, server, auth)
    reference = server.policy()
    demand(server, 'Basic realm="registry"', BASIC)
    refused_with(reference, "CREDENTIALS_UNREADABLE")


def test_a_helper_that_the_configuration_names_is_not_run(home: Path, server: Server) -> None:
    (home / ".docker").mkdir()
    config = {"credsStore": "none", "credHelpers": {server.netloc: "none"}}
    (home / ".docker" / "config.json").write_text(json.dumps(config))
    reference = server.policy()
    demand(server, 'Basic realm="registry"', BASIC)
    refused_with(reference, "REGISTRY_DENIED")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("docker.io/library/alpine", "library/alpine"),
        ("docker.io/alpine", "library/alpine"),
        ("index.docker.io/alpine", "library/alpine"),
        ("alpine", "library/alpine"),
        ("team/app", "team/app"),
        ("team/part/app", "team/part/app"),
    ],
)
def test_docker_hub_has_shorthands_and_an_api_of_another_name(written: str, name: str) -> None:
    found = names.repository(written)
    assert (found.registry, found.host) == ("docker.io", "registry-1.docker.io")
    assert found.name == name


@pytest.mark.parametrize("host", ["localhost", "localhost:5000", "h:1", "h.test", "[::1]:5000"])
def test_other_hosts_are_no_shorthand(host: str) -> None:
    found = names.repository(f"{host}/app")
    assert (found.registry, found.host, found.name) == (host, host, "app")


@pytest.mark.parametrize(
    "written",
    ["", "/", "h.test/", "/app", "Team/app", "ALPINE", "h.test/App", "h.test/a//b", "a b"],
)
def test_other_names_are_refused(written: str) -> None:
    with pytest.raises(FetchError) as refused:
        names.repository(written)
    assert_code(refused, "REFERENCE_MALFORMED", 2)


@settings(derandomize=True, max_examples=150)
@given(st.text(max_size=60), st.sampled_from(["", "example.test/", "localhost:5000/", "Bearer "]))
def test_any_text_is_split_or_refused(text: str, prefix: str) -> None:
    try:
        found = names.repository(prefix + text)
    except FetchError as refused:
        assert refused.code == "REFERENCE_MALFORMED"  # noqa: PT017  # either answer is right
    else:
        assert f"{found.registry}/{found.name}".endswith((prefix + text).removeprefix("index."))
    challenge = names.challenge(prefix + text)
    assert challenge.scheme == challenge.scheme.lower()


@settings(derandomize=True, max_examples=150)
@given(
    st.from_regex(r"[a-z0-9.]{1,12}(:[0-9]{1,4})?", fullmatch=True),
    st.from_regex(r"[a-z0-9]+([._/-][a-z0-9]+){0,4}", fullmatch=True),
)
def test_oras_splits_a_repository_alike(host: str, name: str) -> None:
    try:
        found = names.repository(f"{host}/{name}")
    except FetchError as refused:
        assert refused.code == "REFERENCE_MALFORMED"  # noqa: PT017  # either answer is right
    else:
        theirs = oras.container.Container(f"{host}/{name}")
        assert (theirs.registry, theirs.api_prefix) == (found.registry, found.name)


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        ('Bearer realm="https://a/t",service="s"', Challenge("bearer", "https://a/t", "s")),
        ('bearer service=s , realm="https://a/t"', Challenge("bearer", "https://a/t", "s")),
        ('Bearer realm="https://a/t?x=1,2"', Challenge("bearer", "https://a/t?x=1,2")),
        ('Bearer realm="a\\"b"', Challenge("bearer", 'a"b')),
        ('Bearer realm="one",realm="two"', Challenge("bearer", "one")),
        ('Bearer realm="unended', Challenge("bearer")),
        ('Bearer xrealm="no"', Challenge("bearer")),
        ("Basic", Challenge("basic")),
        ("", Challenge("")),
    ],
)
def test_challenges(header: str, challenge: Challenge) -> None:
    assert names.challenge(header) == challenge


def test_what_podman_keeps(home: Path, server: Server) -> None:
    (home / ".config" / "containers").mkdir(parents=True)
    kept = {"auths": {server.netloc: {"auth": SECRET}}}
    (home / ".config" / "containers" / "auth.json").write_text(json.dumps(kept))
    reference = server.policy()
    demand(server, 'Basic realm="registry"', BASIC)
    fetch(reference)


def test_nobody_who_never_logged_in_waits_for_oras(home: Path, server: Server) -> None:
    """It takes a tenth of a second to load, and an anonymous token needs nothing of it."""
    reference = server.policy()
    demand(server, bearer(server.netloc), "Bearer abc")
    server.serve("/token", b'{"token":"abc"}')
    script = (
        "import sys\nfrom attest.fetch import Fetcher\n"
        "from attest.model.artifact import Reference\n"
        f"place = Reference.parse({str(reference)!r})\n"
        "with Fetcher(offline=False) as fetcher:\n    fetcher.policy(place, attached=False)\n"
        "print([name for name in sys.modules if name.partition('.')[0] in {'oras', 'requests'}])\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
