"""The scripts of one declaration are one policy: a material is decided when one of them decides."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.making.evidence import SARIF, about, by_ci, by_scanner, provenance, scan
from fixtures.making.evidence import SLSA as PROVENANCE
from tests.gate import CLEAN, Gate

PASSES = 'package p\n\nresult := {"violations": []}\n'
FAILS = 'package p\n\nresult := {"violations": ["no"]}\n'
SKIPS = 'package p\n\nresult := {"skipped": true, "violations": []}\n'
IGNORES = 'package p\n\nresult := {"ignore": true, "violations": []}\n'


def declared(*scripts: tuple[str | None, str]) -> dict[str, bytes]:
    """Return a bundle of one policy.yaml with these scripts: kind and code."""
    listed: list[dict[str, Any]] = [
        {"embedded": code} | ({"kind": kind} if kind else {}) for kind, code in scripts
    ]
    document = {
        "apiVersion": "chainloop.dev/v1",
        "kind": "Policy",
        "metadata": {"name": "many"},
        "spec": {"policies": listed},
    }
    return {"policy.json": json.dumps(document).encode()}


@pytest.fixture(autouse=True)
def scanned(gate: Gate) -> None:
    """One clean scan, which is required."""
    gate.evidence(CLEAN)
    gate.require()


@pytest.mark.parametrize(
    ("scripts", "code", "outcomes"),
    [
        ((("SARIF", PASSES), ("OPENVEX", PASSES)), "PASSED", ["PASSED", "NO_MATERIAL"]),
        (
            (("SARIF", FAILS), ("OPENVEX", PASSES)),
            "POLICY_FAILED",
            ["POLICY_FAILED", "NO_MATERIAL"],
        ),
        (
            (("SARIF", SKIPS), ("OPENVEX", PASSES)),
            "POLICY_SKIPPED",
            ["POLICY_SKIPPED", "NO_MATERIAL"],
        ),
        ((("OPENVEX", PASSES), ("CSAF_VEX", PASSES)), "NO_MATERIAL", ["NO_MATERIAL"] * 2),
        ((("SARIF", PASSES), ("SARIF", SKIPS)), "PASSED", ["PASSED", "POLICY_SKIPPED"]),
        ((("SARIF", PASSES), (None, IGNORES)), "PASSED", ["PASSED", "POLICY_SKIPPED"]),
        ((("SARIF", SKIPS), ("SARIF", IGNORES)), "POLICY_SKIPPED", ["POLICY_SKIPPED"] * 2),
        ((("SARIF", PASSES), ("SARIF", FAILS)), "POLICY_FAILED", ["PASSED", "POLICY_FAILED"]),
    ],
)
def test_scripts_answer_together(
    gate: Gate, scripts: tuple[tuple[str | None, str], ...], code: str, outcomes: list[str]
) -> None:
    gate.policy(declared(*scripts))
    report = gate.run()
    assert report.reason.code == code
    assert [line.code for line in report.results] == outcomes


def test_each_material_is_decided_by_itself(gate: Gate) -> None:
    first = "package p\n\nimport rego.v1\n\n"
    one_alone = first + (
        'result := {"violations": []} if count(input.runs[0].results) == 1\n'
        'result := {"skipped": true, "violations": []} if count(input.runs[0].results) != 1\n'
    )
    gate.evidence(by_scanner(about(SARIF, scan("py/debug-left-in", "py/house-style"))))
    gate.policy(declared(("SARIF", one_alone), ("SARIF", SKIPS)))
    assert gate.run().reason.code == "POLICY_SKIPPED"


def test_two_declarations_do_not_answer_for_each_other(gate: Gate) -> None:
    files = declared(("SARIF", PASSES))
    other = json.loads(declared(("SLSA_PROVENANCE", PASSES))["policy.json"])
    other["metadata"]["name"] = "other"
    gate.policy({**files, "other.json": json.dumps(other).encode()})
    report = gate.run()
    assert report.reason.code == "NO_MATERIAL"
    gate.evidence(by_ci(about(PROVENANCE, provenance())))
    assert {line.policy: line.code for line in gate.run().results} == {
        "many": "PASSED",
        "other": "PASSED",
    }


GROUP = {
    "apiVersion": "chainloop.dev/v1",
    "kind": "PolicyGroup",
    "metadata": {"name": "team"},
    "spec": {
        "policies": {
            "materials": [{"policies": [{"ref": "many"}]}],
        }
    },
}


def test_scripts_of_a_group_answer_together_too(gate: Gate) -> None:
    files = declared(("SARIF", PASSES), ("OPENVEX", PASSES))
    gate.policy({**files, "group.json": json.dumps(GROUP).encode()})
    report = gate.run()
    assert (report.exit_code, [line.code for line in report.results]) == (
        0,
        ["PASSED", "NO_MATERIAL"],
    )


def test_a_group_s_policy_that_is_skipped_by_the_plan_is_listed(gate: Gate) -> None:
    files = declared(("SARIF", FAILS))
    alone = json.loads(files["policy.json"]) | {"metadata": {"name": "alone"}}
    alone["spec"] = {"policies": [{"kind": "SARIF", "embedded": PASSES}]}
    gate.policy(
        {
            **files,
            "group.json": json.dumps(GROUP).encode(),
            "alone.json": json.dumps(alone).encode(),
        },
        skip=["many"],
    )
    report = gate.run()
    assert report.exit_code == 0
    assert [line.policy for line in report.results] == ["alone"]
    assert any(line.option == "skip" and "many" in line.effect for line in report.weakened)
