"""Policies and evidence behind a URL with a digest, decided by the gate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from attest.decode.policies.archive import bundle_tar
from attest.model.digest import Digest
from attest.model.policy import File
from attest.model.report import Report
from fixtures.making.world import box, policy_team, security
from tests.fetch.hostile import broken, forbidden, loop, to_metadata, truncated
from tests.fetch.server import Handler, Route, Server, serving
from tests.gate import CLEAN, Gate, weakened

REGO = b"package release\n\nallow := true\n"
ARCHIVE = bundle_tar([File("release.rego", REGO)])
SIGNATURE = box.sign_blob(REGO, key=policy_team)
PATH = "/policies/release.rego"
BESIDE = f"{PATH}.sigstore.json"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("HOME", str(tmp_path))
    with serving() as running:
        yield running


@pytest.fixture
def judged(gate: Gate, server: Server) -> Gate:
    """A gate with a scan that it requires, and a policy on the server, signed beside it."""
    gate.evidence(CLEAN)
    gate.require()
    policy(gate, server, PATH, REGO)
    server.serve(BESIDE, SIGNATURE)
    return gate


def policy(gate: Gate, server: Server, path: str, content: bytes) -> None:
    """Serve a policy and let the plan pin it."""
    server.serve(path, content)
    source = f"http://{server.netloc}{path}@{Digest.of(content)}"
    gate.plan["policies"] = [{"source": source, "signed_by": ["policy-team"]}]


def announcing_a_terabyte(handler: Handler) -> None:
    handler.start(200, Content_Length=str(1 << 40))


def decided(report: Report) -> tuple[int, str]:
    return report.exit_code, report.reason.code


def test_a_policy_with_its_signature_beside_it(judged: Gate) -> None:
    report = judged.run()
    assert decided(report) == (0, "PASSED")
    (line,) = report.policies
    assert [signer.name for signer in line.trust.signers] == ["policy-team"]


def test_an_archive(judged: Gate, server: Server) -> None:
    policy(judged, server, "/bundle.tar.gz", ARCHIVE)
    server.serve("/bundle.tar.gz.sigstore.json", box.sign_blob(ARCHIVE, key=policy_team))
    assert decided(judged.run()) == (0, "PASSED")


def test_a_policy_by_its_pin_alone(judged: Gate, server: Server) -> None:
    server.serve(PATH, REGO)
    source = judged.plan["policies"][0]["source"]
    judged.plan["policies"] = [{"source": source, "unsigned": "pinned"}]
    report = judged.run()
    assert decided(report) == (0, "PASSED")
    assert weakened(report) == {"unsigned"}
    assert [path for path, _ in server.seen] == [PATH]


def test_a_redirected_policy(judged: Gate, server: Server) -> None:
    target = f"http://{server.netloc}/moved"
    server.routes[PATH] = lambda handler: handler.reply(302, Location=target)
    server.serve("/moved", REGO)
    assert decided(judged.run()) == (0, "PASSED")


@pytest.mark.parametrize(
    ("route", "decision"),
    [
        (lambda handler: handler.reply(200, REGO.upper()), (4, "DIGEST_MISMATCH")),
        (lambda handler: handler.reply(200, REGO + b"\n"), (4, "DIGEST_MISMATCH")),
        (lambda handler: handler.reply(404), (5, "NOT_FOUND")),
        (forbidden, (5, "REGISTRY_FAILED")),
        (broken, (5, "REGISTRY_FAILED")),
        (truncated, (5, "BODY_TRUNCATED")),
        (announcing_a_terabyte, (4, "BLOB_TOO_LARGE")),
        (loop, (5, "REDIRECT_REFUSED")),
        (to_metadata, (5, "REDIRECT_REFUSED")),
    ],
)
def test_a_policy_that_does_not_come(
    judged: Gate, server: Server, route: Route, decision: tuple[int, str]
) -> None:
    server.routes[PATH] = route
    assert decided(judged.run()) == decision


@pytest.mark.parametrize(
    ("route", "decision"),
    [
        (lambda handler: handler.reply(404), (4, "POLICY_UNSIGNED")),
        (lambda handler: handler.reply(200, b"{}"), (4, "BUNDLE_MALFORMED")),
        (
            lambda handler: handler.reply(200, box.sign_blob(REGO.upper(), key=policy_team)),
            (4, "DIGEST_MISMATCH"),
        ),
        (
            lambda handler: handler.reply(200, box.sign_blob(REGO, key=security)),
            (4, "SIGNER_ROLE"),
        ),
        (broken, (5, "REGISTRY_FAILED")),
        (to_metadata, (5, "REDIRECT_REFUSED")),
        (truncated, (5, "BODY_TRUNCATED")),
    ],
)
def test_a_signature_that_does_not_hold(
    judged: Gate, server: Server, route: Route, decision: tuple[int, str]
) -> None:
    server.routes[BESIDE] = route
    assert decided(judged.run()) == decision


def test_nothing_lies_beside_a_query(judged: Gate, server: Server) -> None:
    policy(judged, server, "/p.rego", REGO)
    source = judged.plan["policies"][0]["source"].replace("/p.rego@", "/p.rego?v=1@")
    judged.plan["policies"][0]["source"] = source
    assert decided(judged.run()) == (4, "POLICY_UNSIGNED")


def evidence(gate: Gate, server: Server, content: bytes, pin: bytes | None = None) -> None:
    """Serve evidence, and let the plan name it instead of a folder."""
    server.serve("/scan.json", content)
    source = f"http://{server.netloc}/scan.json@{Digest.of(pin or content)}"
    gate.plan["evidence"]["sources"] = [source]


@pytest.mark.parametrize("content", [CLEAN, CLEAN + b"\n" + CLEAN + b"\n"])
def test_evidence(gate: Gate, server: Server, content: bytes) -> None:
    gate.require()
    evidence(gate, server, content)
    report = gate.run()
    assert decided(report) == (0, "PASSED")
    assert all(line.source.startswith("http://127.0.0.1") for line in report.evidence)


def test_other_evidence_than_the_plan_pins(gate: Gate, server: Server) -> None:
    gate.require()
    evidence(gate, server, CLEAN, pin=b"other")
    assert gate_refusal(gate) == "DIGEST_MISMATCH"


def test_evidence_that_is_not_there(gate: Gate, server: Server) -> None:
    gate.require()
    evidence(gate, server, CLEAN)
    del server.routes["/scan.json"]
    assert gate_refusal(gate) == "NOT_FOUND"


def test_refused_evidence_of_the_plans_own_blocks(gate: Gate, server: Server) -> None:
    gate.require()
    evidence(gate, server, CLEAN.replace(b"payload", b"pay1oad", 1))
    assert gate.run().exit_code == 4


def gate_refusal(gate: Gate) -> str:
    """Return the code with which the run ends: a source of the plan's own must be readable."""
    from attest.errors import FetchError

    with pytest.raises(FetchError) as refused:
        gate.run()
    return refused.value.code
