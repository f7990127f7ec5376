"""npm's registry and PyPI: the recorded shapes, and what is no answer of theirs."""

from __future__ import annotations

from typing import Any

import pytest

from attest.errors import FetchError
from attest.model.digest import Digest
from tests.fetch.apis.asking import BUNDLES, DIGEST, JSON, ask, body, documents, refusal
from tests.fetch.helpers import FAST
from tests.fetch.hostile import broken, endless, forbidden, hung_up, loop, to_metadata, truncated
from tests.fetch.server import Route, Server

NPM = "npm:@org/app@1.0.0"
NPM_PATH = "/-/npm/v1/attestations/@org%2Fapp@1.0.0"
PUBLISH = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"

FILE = "my_app-1.0-py3-none-any.whl"
PYPI = "pypi:My.App@1.0"
PYPI_FILE = f"{PYPI}/{FILE}"
RELEASE = "/pypi/my-app/1.0/json"
PROVENANCE = f"/integrity/my-app/1.0/{FILE}/provenance"
INTEGRITY = "application/vnd.pypi.integrity.v1+json"
ATTESTATION = {"version": 1, "verification_material": {}, "envelope": {}}
NONE = body({"message": f"No provenance available for {FILE}"})
INCOMPLETE = "DISCOVERY_INCOMPLETE"
PATHS = [(NPM, NPM_PATH, JSON), (PYPI, RELEASE, JSON), (PYPI_FILE, PROVENANCE, INTEGRITY)]


def npm(*bundles: Any) -> bytes:
    return body({"attestations": [{"predicateType": PUBLISH, "bundle": one} for one in bundles]})


def provenance(*attestations: Any) -> bytes:
    publisher = {"kind": "GitHub", "repository": "org/app", "workflow": "release.yml"}
    bundle = {"publisher": publisher, "attestations": list(attestations)}
    return body({"version": 1, "attestation_bundles": [bundle]})


def release(*files: tuple[str, Digest]) -> bytes:
    urls = [
        {"filename": name, "digests": {"md5": "0", "sha256": digest.value}, "yanked": False}
        for name, digest in files
    ]
    return body({"info": {}, "urls": urls})


@pytest.mark.parametrize(
    ("place", "path"), [(NPM, NPM_PATH), ("npm:a@1.0.0", "/-/npm/v1/attestations/a@1.0.0")]
)
def test_an_npm_package(server: Server, place: str, path: str) -> None:
    server.serve(path, npm(*BUNDLES[:2]), JSON)
    assert documents(ask(server, place, None)) == BUNDLES[:2]


def test_an_npm_package_without_attestations(server: Server) -> None:
    server.serve(NPM_PATH, npm(), JSON)
    assert ask(server, NPM, None) == ()


@pytest.mark.parametrize(
    "document",
    [[], {}, {"attestations": [[]]}, {"attestations": [{"bundle": None}]}, {"error": "x"}],
)
def test_other_shapes_of_npm(server: Server, document: Any) -> None:
    server.serve(NPM_PATH, body(document), JSON)
    assert refusal(server, NPM, None) == f"{INCOMPLETE} REGISTRY_FAILED"


def test_a_file_on_pypi(server: Server) -> None:
    server.serve(PROVENANCE, provenance(ATTESTATION, ATTESTATION), INTEGRITY)
    assert documents(ask(server, PYPI_FILE, None)) == [ATTESTATION] * 2
    assert [path for path, _ in server.seen] == [PROVENANCE]


def test_the_file_of_a_release_with_the_digest(server: Server) -> None:
    listed = release(("my_app-1.0.tar.gz", Digest.of(b"other")), (FILE, DIGEST))
    server.serve(RELEASE, listed, JSON)
    server.serve(PROVENANCE, provenance(ATTESTATION), INTEGRITY)
    assert documents(ask(server, PYPI)) == [ATTESTATION]
    assert [path for path, _ in server.seen] == [RELEASE, PROVENANCE]


def test_a_release_without_such_a_file(server: Server) -> None:
    server.serve(RELEASE, release(("my_app-1.0.tar.gz", Digest.of(b"other"))), JSON)
    assert ask(server, PYPI) == ()


def test_a_file_without_provenance(server: Server) -> None:
    server.routes[PROVENANCE] = lambda handler: handler.reply(404, NONE, INTEGRITY)
    assert ask(server, PYPI_FILE, None) == ()
    server.serve(PROVENANCE, body({"version": 1, "attestation_bundles": []}), INTEGRITY)
    assert ask(server, PYPI_FILE, None) == ()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Not Found</html>",
        body({"message": "Not Found"}),
        NONE.replace(b"my_app", b"x"),
        NONE + b"x",
    ],
)
def test_another_404_is_no_empty_answer(server: Server, content: bytes) -> None:
    server.routes[PROVENANCE] = lambda handler: handler.reply(404, content, JSON)
    assert refusal(server, PYPI_FILE, None) == f"{INCOMPLETE} NOT_FOUND"


@pytest.mark.parametrize("status", [200, 403])
def test_that_there_is_none_is_said_with_a_404(server: Server, status: int) -> None:
    server.routes[PROVENANCE] = lambda handler: handler.reply(status, NONE, INTEGRITY)
    assert refusal(server, PYPI_FILE, None).startswith(INCOMPLETE)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"version": 1},
        {"version": 2, "attestation_bundles": []},
        {"version": True, "attestation_bundles": []},
        {"version": 1, "attestation_bundles": {}},
        {"version": 1, "attestation_bundles": [{}]},
        {"version": 1, "attestation_bundles": [{"attestations": [1]}]},
    ],
)
def test_other_shapes_of_provenance(server: Server, document: Any) -> None:
    server.serve(PROVENANCE, body(document), INTEGRITY)
    assert refusal(server, PYPI_FILE, None) == f"{INCOMPLETE} REGISTRY_FAILED"


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"filename": FILE},
        {"filename": FILE, "digests": {}},
        {"filename": 5, "digests": {"sha256": DIGEST.value}},
        {"filename": "../../x", "digests": {"sha256": DIGEST.value}},
        {"filename": "a?b", "digests": {"sha256": DIGEST.value}},
        {"filename": "", "digests": {"sha256": DIGEST.value}},
    ],
)
def test_other_shapes_of_a_release(server: Server, entry: Any) -> None:
    server.serve(RELEASE, body({"urls": [entry]}), JSON)
    assert refusal(server, PYPI) == f"{INCOMPLETE} REGISTRY_FAILED"


@pytest.mark.parametrize(("place", "path", "media_type"), PATHS)
@pytest.mark.parametrize(
    ("route", "cause"),
    [
        (forbidden, "REGISTRY_DENIED"),
        (broken, "REGISTRY_FAILED"),
        (hung_up, "REGISTRY_UNREACHABLE"),
        (truncated, "BODY_TRUNCATED"),
        (loop, "REDIRECT_REFUSED"),
        (to_metadata, "REDIRECT_REFUSED"),
        (lambda handler: handler.reply(404), "NOT_FOUND"),
        (lambda handler: handler.reply(406), "REGISTRY_FAILED"),
        (lambda handler: handler.reply(200, b"{}", "text/html"), "REGISTRY_FAILED"),
    ],
)
def test_what_is_no_complete_answer(
    server: Server, place: str, path: str, media_type: str, route: Route, cause: str
) -> None:
    server.routes[path] = route
    assert refusal(server, place) == f"{INCOMPLETE} {cause}"


@pytest.mark.parametrize(("place", "path", "media_type"), PATHS)
def test_an_endless_answer(server: Server, place: str, path: str, media_type: str) -> None:
    server.routes[path] = endless
    assert refusal(server, place, limits=FAST._replace(blob=1_000)) == "DISCOVERY_TOO_MANY"


def test_too_many_attestations(server: Server) -> None:
    server.serve(NPM_PATH, npm(*BUNDLES), JSON)
    few = FAST._replace(referrers=3)
    assert refusal(server, NPM, None, few) == "DISCOVERY_TOO_MANY"


def test_a_redirect_to_the_normalised_name_is_followed(server: Server) -> None:
    target = f"http://{server.netloc}/elsewhere"
    server.routes[RELEASE] = lambda handler: handler.reply(301, Location=target)
    server.serve("/elsewhere", release((FILE, DIGEST)), JSON)
    server.serve(PROVENANCE, provenance(ATTESTATION), INTEGRITY)
    assert documents(ask(server, PYPI)) == [ATTESTATION]


@pytest.mark.parametrize("place", ["github:org", "npm:a", "pypi:a"])
def test_a_malformed_place(server: Server, place: str) -> None:
    with pytest.raises(FetchError) as refused:
        ask(server, place)
    assert refused.value.code == "REFERENCE_MALFORMED"
    assert server.seen == []
