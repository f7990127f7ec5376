"""Writing to registries: in full, compared, listed under its subject, or refused by its code."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attest.errors import FetchError
from attest.fetch.layout import referrers_tag
from attest.fetch.manifest import INDEX, MANIFEST, Descriptor
from attest.fetch.push import RegistryTarget
from attest.fetch.transport import Transport
from attest.model.artifact import Reference
from attest.model.digest import Digest
from attest.model.network import Host, Network
from tests.fetch.helpers import FAST, REGO, assert_code
from tests.fetch.server import described, image, index
from tests.fetch.writable import REPOSITORY, Handler, WritableRegistry, writable

LAYER = Descriptor("text/plain", Digest.of(REGO), len(REGO))
SUBJECT = Digest.of(b"subject")
ABOUT = image(b"{}", subject=described(b"subject"), artifactType="application/vnd.example")


@pytest.fixture
def server(home: Path) -> Iterator[WritableRegistry]:
    with writable() as running:
        yield running


@pytest.fixture
def target(server: WritableRegistry) -> Iterator[RegistryTarget]:
    transport = Transport(FAST)
    yield RegistryTarget(Reference("oci", server.name), FAST, transport)
    transport.close()


def entries(server: WritableRegistry) -> list[dict[str, Any]]:
    """Return what stands behind the referrers tag."""
    content, media_type = server.manifests[referrers_tag(SUBJECT)]
    assert media_type == INDEX
    found: list[dict[str, Any]] = json.loads(content)["manifests"]
    return found


def login(home: Path, server: WritableRegistry) -> None:
    (home / ".docker").mkdir()
    auths = {f"127.0.0.1:{server.server_port}": {"auth": "dXNlcjpwYXNz"}}
    (home / ".docker" / "config.json").write_text(json.dumps({"auths": auths}))


def test_a_blob_is_sent_once(server: WritableRegistry, target: RegistryTarget) -> None:
    assert not target.has(LAYER)
    target.blob(LAYER, io.BytesIO(REGO))
    assert server.blobs == {str(LAYER.digest): REGO}
    assert target.has(LAYER)
    assert not target.has(Descriptor("text/plain", LAYER.digest, 1))


def test_a_manifest_is_sent_by_digest_and_by_tag(
    server: WritableRegistry, target: RegistryTarget
) -> None:
    target.manifest(image(REGO), MANIFEST, "v1")
    assert server.manifests.keys() == {str(Digest.of(image(REGO))), "v1"}


def test_a_busy_registry_is_asked_again(server: WritableRegistry, target: RegistryTarget) -> None:
    answers = [503, 429]

    def busy(handler: Handler) -> bool:
        if handler.command == "PUT" and answers:
            handler.reply(answers.pop(), Retry_After="0")
            return True
        return False

    server.twist = busy
    target.blob(LAYER, io.BytesIO(REGO))
    assert server.blobs == {str(LAYER.digest): REGO}, "the whole of it, also the third time"


def test_a_connection_that_breaks_is_made_again(
    server: WritableRegistry, target: RegistryTarget
) -> None:
    breaks = ["HEAD", "POST", "PUT"]

    def broken(handler: Handler) -> bool:
        if handler.command in breaks:
            breaks.remove(handler.command)
            handler.close_connection = True
            return True
        return False

    server.twist = broken
    assert not target.has(LAYER)
    target.blob(LAYER, io.BytesIO(REGO))
    assert server.blobs == {str(LAYER.digest): REGO}
    assert breaks == []


# A manifest about another


def test_a_referrer_is_listed_behind_the_tag(
    server: WritableRegistry, target: RegistryTarget
) -> None:
    target.manifest(ABOUT, MANIFEST)
    target.manifest(ABOUT, MANIFEST)
    (entry,) = entries(server)
    expected = described(ABOUT) | {"artifactType": "application/vnd.example"}
    assert entry == expected


def test_what_others_have_listed_stays(server: WritableRegistry, target: RegistryTarget) -> None:
    """Also what this version does not know."""
    theirs = described(b"theirs") | {"annotations": {"a": "b"}, "platform": {"os": "linux"}}
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [theirs]}
    server.manifests[referrers_tag(SUBJECT)] = (json.dumps(document).encode(), INDEX)
    target.manifest(ABOUT, MANIFEST)
    assert entries(server)[0] == theirs
    assert len(entries(server)) == 2


def test_a_registry_that_lists_it_itself_needs_no_tag(
    server: WritableRegistry, target: RegistryTarget
) -> None:
    def lists(handler: Handler) -> bool:
        if handler.command != "PUT":
            return False
        server.manifests[handler.place[1]] = (handler.body, MANIFEST)
        handler.reply(201, OCI_Subject=str(SUBJECT))
        return True

    server.twist = lists
    target.manifest(ABOUT, MANIFEST)
    assert referrers_tag(SUBJECT) not in server.manifests


def test_a_list_that_another_overwrites_is_written_again(
    server: WritableRegistry, target: RegistryTarget
) -> None:
    tag, lost = referrers_tag(SUBJECT), [True]

    def overwritten(handler: Handler) -> bool:
        if handler.command == "PUT" and handler.place[1] == tag and lost.pop():
            lost.append(False)
            server.manifests[tag] = (index(b"theirs"), INDEX)
            handler.reply(201)
            return True
        if not lost:
            lost.append(False)
        return False

    server.twist = overwritten
    target.manifest(ABOUT, MANIFEST)
    assert [each["digest"] for each in entries(server)] == [
        str(Digest.of(b"theirs")),
        str(Digest.of(ABOUT)),
    ]


def test_a_list_that_never_holds_is_said(server: WritableRegistry, target: RegistryTarget) -> None:
    def forgets(handler: Handler) -> bool:
        if handler.command == "PUT" and handler.place[1] == referrers_tag(SUBJECT):
            handler.reply(201)
            return True
        return False

    server.twist = forgets
    with pytest.raises(FetchError) as refused:
        target.manifest(ABOUT, MANIFEST)
    assert_code(refused, "PUSH_FAILED", 5)


def test_a_tag_that_holds_something_else_is_left_alone(
    server: WritableRegistry, target: RegistryTarget
) -> None:
    server.manifests[referrers_tag(SUBJECT)] = (image(REGO), MANIFEST)
    with pytest.raises(FetchError) as refused:
        target.manifest(ABOUT, MANIFEST)
    assert_code(refused, "PUSH_FAILED", 5)
    assert server.manifests[referrers_tag(SUBJECT)] == (image(REGO), MANIFEST)


# Refusals


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    ("status", "code"), [(403, "PUSH_DENIED"), (400, "PUSH_FAILED"), (500, "PUSH_FAILED")]
)
def test_a_registry_that_does_not_take_it(
    server: WritableRegistry, target: RegistryTarget, method: str, status: int, code: str
) -> None:
    def refuses(handler: Handler) -> bool:
        if handler.command == method:
            handler.reply(status)
            return True
        return False

    server.twist = refuses
    with pytest.raises(FetchError) as refused:
        target.blob(LAYER, io.BytesIO(REGO))
    assert_code(refused, code, 5)
    if method == "PUT":
        with pytest.raises(FetchError) as refused:
            target.manifest(image(REGO), MANIFEST)
        assert_code(refused, code, 5)
    assert server.blobs == {}


def test_a_registry_that_asks_for_a_login_gets_none_of_nobody(
    server: WritableRegistry, target: RegistryTarget
) -> None:
    def guarded(handler: Handler) -> bool:
        handler.reply(401, WWW_Authenticate='Basic realm="r"')
        return True

    server.twist = guarded
    with pytest.raises(FetchError) as refused:
        target.blob(LAYER, io.BytesIO(REGO))
    assert_code(refused, "PUSH_DENIED", 5)


def test_a_token_is_asked_for_writing_here_and_nowhere_else(
    server: WritableRegistry, target: RegistryTarget, home: Path
) -> None:
    """Whatever scope the registry asks for."""
    login(home, server)
    realm = f"http://127.0.0.1:{server.server_port}/token"

    def guarded(handler: Handler) -> bool:
        if handler.path.startswith("/token"):
            handler.reply(200, b'{"token":"T"}')
        elif handler.headers.get("Authorization") != "Bearer T":
            asked = f'Bearer realm="{realm}",service="s",scope="registry:catalog:*"'
            handler.reply(401, WWW_Authenticate=asked)
        else:
            return False
        return True

    server.twist = guarded
    target.blob(LAYER, io.BytesIO(REGO))
    (token,) = {(path, sent) for _, path, sent in server.seen if path.startswith("/token")}
    scope = f"repository%3A{REPOSITORY.replace('/', '%2F')}%3Apull%2Cpush"
    assert token == (f"/token?service=s&scope={scope}", "Basic dXNlcjpwYXNz")
    assert server.blobs == {str(LAYER.digest): REGO}


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:9/upload",
        "https://elsewhere.test/upload",
        "http://elsewhere.test/",
        "ftp:x",
    ],
)
def test_no_blob_goes_to_another_host(
    server: WritableRegistry, target: RegistryTarget, location: str
) -> None:
    def elsewhere(handler: Handler) -> bool:
        if handler.command == "POST":
            handler.reply(202, Location=location)
        return handler.command == "POST"

    server.twist = elsewhere
    with pytest.raises(FetchError) as refused:
        target.blob(LAYER, io.BytesIO(REGO))
    assert_code(refused, "PUSH_FAILED", 5)
    assert server.asked("PUT") == []


def test_a_registry_that_calls_it_by_another_digest(
    server: WritableRegistry, target: RegistryTarget
) -> None:
    def other(handler: Handler) -> bool:
        if handler.command == "PUT":
            handler.reply(201, Docker_Content_Digest=str(Digest.of(b"other")))
        return handler.command == "PUT"

    server.twist = other
    with pytest.raises(FetchError) as refused:
        target.blob(LAYER, io.BytesIO(REGO))
    assert_code(refused, "PUSH_MISMATCH", 4)
    with pytest.raises(FetchError) as refused:
        target.manifest(image(REGO), MANIFEST)
    assert_code(refused, "PUSH_MISMATCH", 4)


def test_a_registry_that_then_serves_other_bytes(
    server: WritableRegistry, target: RegistryTarget
) -> None:
    def other(handler: Handler) -> bool:
        if handler.command == "GET":
            handler.reply(200, image(b"other"), MANIFEST)
        return handler.command == "GET"

    server.twist = other
    with pytest.raises(FetchError) as refused:
        target.manifest(image(REGO), MANIFEST)
    assert_code(refused, "PUSH_MISMATCH", 4)


def test_a_registry_that_is_not_there(home: Path) -> None:
    with writable() as server:
        name = server.name
    transport = Transport(FAST)
    target = RegistryTarget(Reference("oci", name), FAST, transport)
    with pytest.raises(FetchError) as refused:
        target.blob(LAYER, io.BytesIO(REGO))
    assert_code(refused, "REGISTRY_UNREACHABLE", 5)
    transport.close()


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is this machine on Linux alone")
def test_plain_http_only_to_a_host_that_somebody_declared(home: Path) -> None:
    """Otherwise HTTPS is tried, and nothing is sent in the clear."""
    with writable("127.0.0.2") as server:
        place = Reference("oci", server.name)
        declared = Network(hosts={f"127.0.0.2:{server.server_port}": Host(plain_http=True)})
        transport = Transport(FAST)
        with pytest.raises(FetchError) as refused:
            RegistryTarget(place, FAST, transport).blob(LAYER, io.BytesIO(REGO))
        transport.close()
        assert refused.value.code == "TLS_FAILED"
        assert server.seen == []
        transport = Transport(FAST, network=declared)
        RegistryTarget(place, FAST, transport).blob(LAYER, io.BytesIO(REGO))
        transport.close()
        assert server.blobs == {str(LAYER.digest): REGO}
