"""Evidence from attestation APIs, decided by the gate: found, refused, absent, or not to be had."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attest.model.digest import Digest
from attest.model.report import Report
from attest.testing.forms import npm_answer, pypi_attestation, pypi_provenance
from fixtures.making.evidence import SARIF, about, by_scanner, scan
from fixtures.making.world import APP, OTHER_APP, SCAN, stranger_box
from tests.fetch.server import Handler, Server, serving
from tests.gate import CLEAN, CRITICAL, OTHER, SUBJECT, Gate, weakened

SHA256 = Digest.of(APP)
OTHER_SHA256 = Digest.of(OTHER_APP)
JSON = "application/json"
INTEGRITY = "application/vnd.pypi.integrity.v1+json"
FILE = "app-1.0.tar.gz"
STRANGER = stranger_box.sign_statement(about(SARIF, scan()), identity=SCAN)
BOTH = by_scanner(
    json.dumps(
        json.loads(about(SARIF, scan()))
        | {"subject": [{"digest": {"sha256": d.value}} for d in (SHA256, OTHER_SHA256)]}
    ).encode()
)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("HOME", str(tmp_path))
    with serving() as running:
        yield running


@pytest.fixture
def asking(gate: Gate, server: Server) -> Gate:
    """A gate that requires a scan and asks GitHub's API for it."""
    gate.require()
    source(gate, server, "github:org/app")
    return gate


def source(gate: Gate, server: Server, place: str, **more: Any) -> None:
    api = {"source": place, "api": f"http://{server.netloc}", "insecure": True}
    gate.plan["evidence"]["sources"] = [api | more]


def github(server: Server, *bundles: bytes, digest: Digest = SHA256) -> None:
    listed = [{"bundle": json.loads(each), "repository_id": 1} for each in bundles]
    content = json.dumps({"attestations": listed}).encode()
    server.serve(f"/repos/org/app/attestations/{digest}", content, JSON)


def codes(report: Report) -> list[str]:
    return sorted(line.trust.code for line in report.evidence)


def decided(report: Report) -> tuple[int, str]:
    return report.exit_code, report.reason.code


def test_github_has_the_scan(asking: Gate, server: Server) -> None:
    github(server, CLEAN)
    report = asking.run()
    assert decided(report) == (0, "PASSED")
    (line,) = report.evidence
    assert line.source == line.id == f"github:org/app@{line.digest}"
    assert line.relates_to == (SUBJECT,)
    assert weakened(report) == {"plain HTTP"}
    assert len(server.seen) == 1


def test_npm_has_the_scan(asking: Gate, server: Server) -> None:
    source(asking, server, "npm:@org/app@1.0.0")
    path = "/-/npm/v1/attestations/@org%2Fapp@1.0.0"
    server.serve(path, npm_answer({SARIF: CLEAN}), JSON)
    assert decided(asking.run()) == (0, "PASSED")


@pytest.mark.parametrize("place", ["pypi:App@1.0", f"pypi:App@1.0/{FILE}"])
def test_pypi_has_the_scan(asking: Gate, server: Server, place: str) -> None:
    source(asking, server, place)
    release = {"urls": [{"filename": FILE, "digests": {"sha256": SHA256.value}}]}
    server.serve("/pypi/app/1.0/json", json.dumps(release).encode(), JSON)
    content = pypi_provenance(pypi_attestation(CLEAN))
    server.serve(f"/integrity/app/1.0/{FILE}/provenance", content, INTEGRITY)
    assert decided(asking.run()) == (0, "PASSED")


def test_a_strangers_attestation_is_listed(asking: Gate, server: Server) -> None:
    github(server, STRANGER, CLEAN)
    report = asking.run()
    assert decided(report) == (0, "PASSED")
    assert len(codes(report)) == 2
    assert report.summary.refused == 1


def test_a_strangers_attestation_alone_meets_nothing(asking: Gate, server: Server) -> None:
    github(server, STRANGER)
    assert decided(asking.run()) == (4, "REQUIRED_REFUSED")


def test_a_strangers_attestation_blocks_where_the_plan_says_so(
    asking: Gate, server: Server
) -> None:
    source(asking, server, "github:org/app", on_refused="fail")
    github(server, STRANGER, CLEAN)
    assert asking.run().exit_code == 4


def test_what_is_no_bundle_is_refused_and_never_passed_over(asking: Gate, server: Server) -> None:
    github(server, b'{"note": "see the wiki"}', CLEAN)
    report = asking.run()
    assert decided(report) == (0, "PASSED")
    assert "BUNDLE_MALFORMED" in codes(report)


def test_findings_from_an_api_count(asking: Gate, server: Server) -> None:
    from fixtures.making import policies

    asking.policy(policies.source("scan-findings"))
    github(server, CRITICAL)
    assert asking.run().exit_code == 1


def test_nothing_there(asking: Gate, server: Server) -> None:
    github(server)
    report = asking.run()
    assert decided(report) == (3, "REQUIRED_MISSING")
    assert codes(report) == ["NOTHING_ATTESTED"]


def test_an_answer_that_does_not_come_blocks(asking: Gate, server: Server) -> None:
    asking.evidence(CLEAN)
    asking.plan["evidence"]["sources"].append("dir:evidence")
    report = asking.run()
    assert decided(report) == (5, "DISCOVERY_INCOMPLETE")
    assert "NOT_FOUND" in report.reason.message


def test_an_api_that_fails_half_way(asking: Gate, server: Server) -> None:
    def answer(handler: Handler) -> None:
        if "after" in handler.path:
            handler.reply(500)
        else:
            listed = json.dumps({"attestations": [{"bundle": json.loads(CLEAN)}]}).encode()
            link = f'<http://{server.netloc}{handler.path}&after=1>; rel="next"'
            handler.reply(200, listed, JSON, Link=link)

    server.routes[f"/repos/org/app/attestations/{SHA256}"] = answer
    report = asking.run()
    assert decided(report) == (5, "DISCOVERY_INCOMPLETE")
    assert codes(report) == ["DISCOVERY_INCOMPLETE"]


def test_offline_asks_nobody(asking: Gate, server: Server) -> None:
    github(server, CLEAN)
    assert decided(asking.run(offline=True)) == (5, "OFFLINE")
    assert server.seen == []


def test_each_artifact_is_asked_about(asking: Gate, server: Server) -> None:
    asking.another()
    github(server, CLEAN)
    github(server, digest=OTHER_SHA256)
    report = asking.run()
    assert decided(report) == (3, "REQUIRED_MISSING")
    assert [(line.name, line.exit_code) for line in report.subjects] == [(SUBJECT, 0), (OTHER, 3)]


def test_one_attestation_about_two_artifacts_is_one(asking: Gate, server: Server) -> None:
    asking.another()
    github(server, BOTH)
    github(server, BOTH, digest=OTHER_SHA256)
    report = asking.run()
    assert decided(report) == (0, "PASSED")
    (line,) = report.evidence
    assert line.relates_to == (SUBJECT, OTHER)


def test_an_artifact_by_another_digest_cannot_be_asked_about(asking: Gate, server: Server) -> None:
    asking.plan["subjects"] = [str(Digest.of(APP, "sha512"))]
    report = asking.run()
    assert codes(report) == ["NOT_ASKED"]
    assert decided(report) == (3, "REQUIRED_MISSING")
    assert server.seen == []


def test_evidence_about_another_artifact_is_unrelated(asking: Gate, server: Server) -> None:
    github(server, by_scanner(about(SARIF, scan(), OTHER_APP)))
    report = asking.run()
    assert decided(report) == (3, "REQUIRED_MISSING")
    assert report.evidence[0].relates_to == ()


def test_what_was_refused_for_one_artifact_is_missing_for_another(
    asking: Gate, server: Server
) -> None:
    asking.another()
    github(server, STRANGER)
    github(server, digest=OTHER_SHA256)
    report = asking.run()
    assert [line.reason.code for line in report.subjects] == [
        "REQUIRED_REFUSED",
        "REQUIRED_MISSING",
    ]


def test_a_token_that_is_not_there(asking: Gate, server: Server) -> None:
    from attest.errors import FetchError

    source(asking, server, "github:org/app", token_env="NO_SUCH_TOKEN")  # noqa: S106  # a name
    with pytest.raises(FetchError) as refused:
        asking.run()
    assert refused.value.code == "ENVIRONMENT_MISSING"
