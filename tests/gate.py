"""A gate in the making: a plan, signed evidence and signed policies, then one run of the pipeline.

Everything is real: the signatures are made by the private Sigstore of the fixtures, and whatever is
written is read, verified and judged as a user's files would be.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from attest import api
from attest.config import Overrides, load_plan
from attest.model.report import EvidenceLine, Report, ResultLine
from attest.testing import KeyPair, statement
from fixtures.making import evidence, policies
from fixtures.making.case import Case, base_plan, pinned, trust_files
from fixtures.making.evidence import SARIF, about, by_scanner, scan
from fixtures.making.world import APP, NOW, OTHER_APP, box, security

WAIVER = "https://attest.dev/waiver/v1"
SUBJECT = "dist/app.tar.gz"
OTHER = "dist/other.tar.gz"
LATER = NOW + timedelta(hours=1)
"""When gates run: an hour after everything was signed."""

CLEAN = by_scanner(about(SARIF, scan("py/debug-left-in")))
CRITICAL = by_scanner(about(SARIF, scan("py/debug-left-in", "py/sql-injection")))

PASSES = 'package p\n\nresult := {"skipped": false, "violations": []}\n'
FAILS = 'package p\n\nresult := {"skipped": false, "violations": ["no"]}\n'
SKIPS = 'package p\n\nresult := {"skipped": true, "skip_reason": "no idea", "violations": []}\n'
ALLOW = policies.rego("package p\n\nallow := true\n")
"""Bare Rego that targets nothing and says yes to everything."""


def chainloop(text: str, *kinds: str, name: str = "p") -> dict[str, bytes]:
    """Return a bundle of one Rego module and a policy.yaml that asks for ``kinds``."""
    asked = "".join(f"    - kind: {kind}\n      path: p.rego\n" for kind in kinds or ("SARIF",))
    declared = (
        "apiVersion: chainloop.dev/v1\nkind: Policy\nmetadata:\n"
        f"  name: {name}\nspec:\n  policies:\n{asked}"
    )
    return {"p.rego": text.encode(), "policy.yaml": declared.encode()}


class Gate:
    """One gate. It starts with one subject, nothing required, no policy and no evidence.

    The signers are those of the fixtures: ``ci`` for provenance, SBOMs and test results,
    ``scanner`` for SARIF, ``policy-team`` for policies, and ``security`` for waivers.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.case = Case("gate", 0, "PASSED", "A gate in a test.")
        self.case.files |= {SUBJECT: APP, **trust_files()}
        self.plan = base_plan(policies.bundle(self.case.layout, ALLOW))
        self.plan["policies"] = []
        self.plan["evidence"]["required"] = []
        self.key("security", security)

    def key(self, name: str, pair: KeyPair) -> None:
        """Let the plan know a signer by its public key."""
        self.case.files[f"trust/{name}.pub"] = pair.public_pem
        self.plan["trust"]["signers"][name] = {
            "key": {"path": f"trust/{name}.pub", "sha256": pinned(pair.public_pem)}
        }

    def policy(self, files: Mapping[str, bytes], **entry: Any) -> str:
        """Add a bundle signed by the policy team; return its source."""
        source = f"oci-layout:policies@{policies.signed(self.case.layout, files)}"
        self.plan["policies"].append({"source": source, "signed_by": ["policy-team"], **entry})
        return source

    def evidence(self, *bundles: bytes) -> None:
        """Put bundles into the folder ``evidence``, named 1.json and so on."""
        for bundle in bundles:
            number = sum(path.startswith("evidence/") for path in self.case.files) + 1
            self.case.files[f"evidence/{number}.json"] = bundle

    def require(self, kind: str = "SARIF", **more: Any) -> None:
        """Require evidence of ``kind``."""
        self.plan["evidence"]["required"].append({"kind": kind, **more})

    def accept(self, signer: str, **selector: Any) -> None:
        """Let ``signer`` say what ``selector`` names."""
        self.plan["evidence"]["accept"].append({**selector, "signed_by": [signer]})

    def another(self) -> None:
        """Add a second subject."""
        self.plan["subjects"].append(OTHER)
        self.case.files[OTHER] = OTHER_APP

    def waive(self, bundle: bytes | None = None, **rules: Any) -> None:
        """Accept waivers by ``security``, and add one."""
        self.plan["waivers"] = {"sources": ["dir:waivers"], "signed_by": ["security"], **rules}
        self.case.files["waivers/1.json"] = waiver() if bundle is None else bundle

    def write(self) -> Path:
        """Write everything; return the path of the plan."""
        self.case.plan = {key: value for key, value in self.plan.items() if value != []}
        self.case.write(self.folder)
        (self.folder / "gate" / "evidence").mkdir(exist_ok=True)
        return self.folder / "gate" / "attest.yaml"

    def run(self, *, now: datetime = LATER, **overrides: Any) -> Report:
        """Write everything and decide."""
        return api.run(load_plan(str(self.write()), Overrides(now=now, **overrides)))


def waiver(
    *,
    signer: KeyPair = security,
    finding: Mapping[str, str] | None = None,
    about: Mapping[str, bytes] | None = None,
    **predicate: Any,
) -> bytes:
    """Return a signed waiver of py/sql-injection for two weeks."""
    said = {
        "policy": "scan-findings",
        "rule": "py/sql-injection",
        "reason": "The query is not reachable; a fix is on its way.",
        "issued": evidence.rfc3339(NOW),
        "expires": evidence.rfc3339(NOW + timedelta(days=14)),
        **({"finding": dict(finding)} if finding else {}),
        **predicate,
    }
    return box.sign_statement(statement(about or {"app.tar.gz": APP}, WAIVER, said), key=signer)


def results(report: Report) -> list[tuple[str | None, str, str]]:
    """Return (policy, outcome, code) of every result."""
    return [(line.policy, line.outcome, line.code) for line in report.results]


def only_result(report: Report) -> ResultLine:
    """Return the one result."""
    (line,) = report.results
    return line


def refusals(report: Report) -> dict[str, str]:
    """Return the code of every piece of evidence that was refused, by its path's last part."""
    return {
        line.source.rpartition("/")[2]: line.trust.code
        for line in report.evidence
        if line.trust.status == "refused"
    }


def only_evidence(report: Report) -> EvidenceLine:
    """Return the one piece of evidence."""
    (line,) = report.evidence
    return line


def weakened(report: Report) -> set[str]:
    """Return the options that the report lists as weakening."""
    return {line.option for line in report.weakened}
