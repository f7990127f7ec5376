"""A registry that lies or fails, and what the gate makes of it: a reason code for each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from attest.fetch.manifest import INDEX
from attest.model.digest import Digest
from attest.model.report import Report
from fixtures.making.evidence import SARIF, about, by_scanner, scan
from tests.fetch.hostile import (
    broken,
    forbidden,
    hung_up,
    loop,
    manifest_path,
    missing,
    other_bytes,
    referrers_path,
    tag_path,
    to_metadata,
    truncated,
)
from tests.fetch.server import Handler, Route, Server, described, image, index, serving
from tests.fetch.test_referrers import (
    far_too_many,
    filtered,
    page_cut_short,
    page_elsewhere,
    page_that_fails,
    page_that_leads_back,
)
from tests.gate import Gate


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


class Beside:
    """A gate that requires a scan beside an image in a registry of our own."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.reference = server.policy()
        self.gate = Gate(folder)
        self.gate.plan["subjects"] = [str(self.reference)]
        self.gate.plan["evidence"]["sources"] = ["oci:referrers"]
        self.gate.require()

    def scan(self) -> bytes:
        """Attach a clean scan; return its manifest."""
        assert self.reference.digest is not None
        content = image(b"package main\n")
        assert Digest.of(content) == self.reference.digest
        bundle = by_scanner(about(SARIF, scan(), content))
        return self.server.attachment(self.reference.digest, bundle)

    def listed(self, *manifests: bytes) -> None:
        """Let the referrers API list manifests."""
        self.server.serve(referrers_path(self.reference), index(*manifests), INDEX)

    def run(self) -> Report:
        """Decide."""
        return self.gate.run()


@pytest.fixture
def beside(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Beside:
    monkeypatch.setenv("HOME", str(tmp_path))
    return Beside(server, tmp_path)


def test_an_honest_one_passes(beside: Beside) -> None:
    beside.listed(beside.scan())
    report = beside.run()
    assert report.exit_code == 0, report.reason


@pytest.mark.parametrize(
    ("route", "code"),
    [
        (page_that_leads_back, "DISCOVERY_LOOP"),
        (page_that_fails, "DISCOVERY_INCOMPLETE"),
        (page_cut_short, "DISCOVERY_INCOMPLETE"),
        (page_elsewhere, "DISCOVERY_INCOMPLETE"),
        (filtered, "DISCOVERY_INCOMPLETE"),
        (far_too_many, "DISCOVERY_TOO_MANY"),
        (forbidden, "DISCOVERY_INCOMPLETE"),
        (to_metadata, "DISCOVERY_INCOMPLETE"),
        (loop, "DISCOVERY_INCOMPLETE"),
    ],
)
def test_a_list_that_is_not_whole_is_exit_5(beside: Beside, route: Route, code: str) -> None:
    """Whatever else is attached: a good scan behind the tag does not make up for it."""
    scanned = beside.scan()
    assert beside.reference.digest is not None
    beside.server.serve(tag_path(beside.reference), index(scanned), INDEX)
    assert beside.run().exit_code == 0
    beside.server.routes[referrers_path(beside.reference)] = route
    report = beside.run()
    assert (report.exit_code, report.reason.code) == (5, code)


@pytest.mark.parametrize("route", [broken, truncated, hung_up, missing])
def test_a_referrer_that_is_listed_and_fails_is_exit_5(beside: Beside, route: Route) -> None:
    scanned, lost = beside.scan(), image(b"lost")
    beside.listed(scanned, lost)
    path = manifest_path(beside.reference).rpartition("/")[0]
    beside.server.routes[f"{path}/{Digest.of(lost)}"] = route
    report = beside.run()
    assert (report.exit_code, report.reason.code) == (5, "DISCOVERY_INCOMPLETE")


def test_a_referrer_of_another_artifact_is_refused_and_listed(beside: Beside) -> None:
    liar = beside.server.attachment(Digest.of(b"another"), b"liar")
    beside.listed(beside.scan(), liar)
    report = beside.run()
    assert report.exit_code == 0
    codes = sorted(line.trust.code for line in report.evidence)
    assert codes == ["REFERRER_SUBJECT", "VERIFIED"]
    beside.listed(liar)
    assert beside.run().reason.code == "REQUIRED_REFUSED"


def test_a_referrer_that_changes_between_two_requests_is_refused_and_listed(
    beside: Beside,
) -> None:
    scanned = beside.scan()
    beside.listed(scanned)
    path = manifest_path(beside.reference).rpartition("/")[0]
    beside.server.serve(f"{path}/{Digest.of(scanned)}", scanned.replace(b"size", b"Size"))
    report = beside.run()
    assert report.reason.code == "REQUIRED_REFUSED"
    assert [line.trust.code for line in report.evidence] == ["DIGEST_MISMATCH"]


def test_a_bundle_that_changes_is_refused_and_listed(beside: Beside) -> None:
    scanned = beside.scan()
    beside.listed(scanned)
    (layer,) = json.loads(scanned)["layers"]
    path = manifest_path(beside.reference).rpartition("/manifests/")[0]
    beside.server.routes[f"{path}/blobs/{layer['digest']}"] = other_bytes
    report = beside.run()
    assert report.reason.code == "REQUIRED_REFUSED"
    assert report.evidence[0].trust.code in {"DIGEST_MISMATCH", "SIZE_MISMATCH"}


def test_a_subject_with_other_bytes_is_exit_4(beside: Beside) -> None:
    beside.server.serve(manifest_path(beside.reference), image(b"another"))
    report = beside.run()
    assert (report.exit_code, report.reason.code) == (4, "DIGEST_MISMATCH")


def test_hints_of_a_list_change_nothing(beside: Beside) -> None:
    """Neither the type nor the predicate that a list states decides what is looked at."""
    scanned = beside.scan()
    entry = described(scanned) | {
        "artifactType": "application/x-chart",
        "annotations": {"dev.sigstore.bundle.predicateType": "https://example.org/other"},
    }
    document = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}).encode()

    def listed(handler: Handler) -> None:
        handler.reply(200, document, INDEX)

    beside.server.routes[referrers_path(beside.reference)] = listed
    assert beside.run().exit_code == 0


def test_an_empty_list_of_a_registry_that_has_not_the_artifact_is_exit_5(beside: Beside) -> None:
    beside.server.routes[manifest_path(beside.reference)] = missing
    report = beside.run()
    assert (report.exit_code, report.reason.code) == (5, "DISCOVERY_INCOMPLETE")
    assert "NOT_FOUND" in report.reason.message
