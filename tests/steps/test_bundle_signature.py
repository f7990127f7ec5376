"""OPA's own signature in a bundle: further proof with a key in the plan, nothing without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attest.model.report import Report
from tests.config.plans import PEM
from tests.gate import CLEAN, Gate

VECTOR: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "decode" / "policies" / "signed" / "es256.json").read_bytes()
)
FILES = {path: text.encode() for path, text in VECTOR["files"].items()}
CHECK = "OPA bundle signature"


def run(gate: Gate, files: dict[str, bytes], **asked: Any) -> Report:
    """Decide by a bundle of ``files``, with ``asked`` as the plan's opa_signature."""
    gate.evidence(CLEAN)
    gate.require()
    gate.policy(files, **({"opa_signature": asked} if asked else {}))
    return gate.run()


def steps(report: Report) -> list[tuple[str, str]]:
    (line,) = report.policies
    return [(step.expected, step.seen) for step in line.trust.steps if step.check == CHECK]


def test_the_plans_key(gate: Gate) -> None:
    report = run(gate, FILES, key={"pem": VECTOR["key"]}, scope="release")
    assert report.exit_code == 0
    ((expected, seen),) = steps(report)
    assert expected.startswith("by key sha256:")
    assert seen == "ES256 over 4 files"
    assert [signer.name for signer in report.policies[0].trust.signers] == ["policy-team"]


def test_without_a_key_it_is_listed_and_proves_nothing(gate: Gate) -> None:
    report = run(gate, FILES | {"policy.rego": FILES["policy.rego"] + b"\n"})
    assert report.exit_code == 0
    assert steps(report) == [("no key in the plan", "there is one: not trusted")]


def test_a_broken_one_without_a_key(gate: Gate) -> None:
    assert run(gate, FILES | {".signatures.json": b"{"}).exit_code == 0


def test_a_bundle_without_one(gate: Gate) -> None:
    assert steps(run(gate, {"policy.rego": FILES["policy.rego"]})) == []


@pytest.mark.parametrize(
    ("changes", "asked", "code"),
    [
        ({}, {"scope": "another"}, "OPA_SIGNATURE_INVALID"),
        ({}, {"scope": None}, "OPA_SIGNATURE_INVALID"),
        ({}, {"key": {"pem": PEM}}, "OPA_SIGNATURE_INVALID"),
        ({"policy.rego": b"package release\n\nallow if true\n"}, {}, "OPA_SIGNATURE_INVALID"),
        ({"more.rego": b"package more\n"}, {}, "OPA_SIGNATURE_INVALID"),
        ({"data.json": None}, {}, "OPA_SIGNATURE_INVALID"),
        ({".signatures.json": b"{"}, {}, "OPA_SIGNATURE_INVALID"),
        ({".signatures.json": b'{"signatures": ["a.b.c"]}'}, {}, "OPA_SIGNATURE_INVALID"),
        ({".signatures.json": None}, {}, "OPA_SIGNATURE_MISSING"),
    ],
)
def test_what_the_key_does_not_prove(
    gate: Gate, changes: dict[str, bytes | None], asked: dict[str, Any], code: str
) -> None:
    files = {path: text for path, text in (FILES | changes).items() if text is not None}
    wanted = {"key": {"pem": VECTOR["key"]}, "scope": "release"} | asked
    report = run(gate, files, **{key: value for key, value in wanted.items() if value})
    assert (report.exit_code, report.reason.code) == (4, code), report.reason


def test_it_does_not_stand_for_signed_by(gate: Gate) -> None:
    asked = {"key": {"pem": VECTOR["key"]}, "scope": "release"}
    assert run(gate, FILES, **asked).exit_code == 0
    gate.plan["policies"][0]["signed_by"] = ["security"]
    report = gate.run()
    assert (report.exit_code, report.reason.code) == (4, "SIGNER_ROLE")
