"""Chainloop's discovery through the whole gate: by grant, and from what this run verified."""

from __future__ import annotations

import pytest

from attest.model.digest import Digest
from fixtures.making.world import APP
from tests.evaluate.abi.extism.wat import CLEAN, CLEAN_SIZE, SAY, module
from tests.gate import CLEAN as SCAN
from tests.gate import Gate

GRANT = {"functions": ["chainloop_discover"]}


def asking(digest: str) -> dict[str, bytes]:
    """Return a policy that passes when something is known of ``digest``, and traps otherwise."""
    wanted = '(import "env" "chainloop_discover" (func $discover (param i64 i64) (result i64)))'
    asked = f"(call $put (i32.const {CLEAN_SIZE}) (i32.const {len(digest)}))"
    known = f"""(if (i64.eqz (call $discover {asked} (i64.const 0))) (then (unreachable))) {SAY}"""
    declared = (
        b"apiVersion: chainloop.dev/v1\nkind: Policy\nmetadata: {name: asks}\n"
        b"spec: {policies: [{kind: SARIF, path: p.wasm}]}\n"
    )
    program = module(known, imports=wanted, text=CLEAN + digest)
    return {"p.wasm": program, "policy.yaml": declared}


@pytest.fixture
def scanned(gate: Gate) -> Gate:
    """A gate with one scan, which is required."""
    gate.evidence(SCAN)
    gate.require()
    return gate


def test_the_artifact_of_this_run_is_known(scanned: Gate) -> None:
    scanned.policy(asking(str(Digest.of(APP))), grant=GRANT)
    report = scanned.run()
    assert report.exit_code == 0
    (line,) = report.policies
    assert line.capabilities is not None
    assert line.capabilities["granted"] == ("function chainloop_discover",)
    assert line.capabilities["used"][0].startswith("function chainloop_discover sha256:")


def test_evidence_of_this_run_is_known(scanned: Gate) -> None:
    scanned.policy(asking(str(Digest.of(SCAN))), grant=GRANT)
    assert scanned.run().exit_code == 0


def test_a_stranger_is_not_known(scanned: Gate) -> None:
    scanned.policy(asking(str(Digest.of(b"stranger"))), grant=GRANT)
    assert scanned.run().reason.code == "TRAP"


def test_without_a_grant_it_is_denied(scanned: Gate) -> None:
    scanned.policy(asking(str(Digest.of(APP))))
    report = scanned.run()
    assert (report.exit_code, report.reason.code) == (6, "HOST_CALL_DENIED")
    assert "grant: {functions: [chainloop_discover]}" in report.reason.message
