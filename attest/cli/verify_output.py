"""What ``attest verify`` prints: the answer, who signed and when, what the attestation says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from attest.errors import AttestError, VerificationError
from attest.model.frozen import frozen
from attest.model.material import Problem
from attest.model.trust import Step, Verified
from attest.reasons import REASONS
from attest.report.escape import json_text, plain
from attest.verification import Checked, Outcome


@frozen
class Shown:
    """The outcome of one verification, before it is laid out."""

    subject: str
    trust_root: Mapping[str, str]
    weakened: tuple[str, ...]
    problem: Problem | None = None
    verified: Verified | None = None
    statement: Mapping[str, Any] | None = field(default=None, repr=False)
    steps: tuple[Step, ...] = ()
    met: tuple[Step, ...] = ()
    where: str = ""
    bundles: tuple[Shown, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 when it verified, else the code of the refusal."""
        return REASONS[self.problem.code].exit_code if self.problem else 0

    def refused(self, error: AttestError) -> Shown:
        """Add why it was refused, and what had held before."""
        steps = error.steps if isinstance(error, VerificationError) else ()
        problem = Problem(error.code, error.message, error.hint)
        return replace(self, problem=problem, steps=steps, where=error.where)

    def accepted(self, checked: Checked) -> Shown:
        """Add what was proven."""
        verified, said = checked.verified, checked.statement
        document = None if said is None else said.document
        where = str(verified.artifact.reference)
        return replace(
            self,
            verified=verified,
            statement=document,
            steps=(*verified.steps, *checked.met),
            met=checked.met,
            where=where,
        )

    def decided(self, outcomes: Sequence[Outcome], refusal: AttestError | None) -> Shown:
        """Add what came of several signatures; the first that verifies speaks for them."""
        each = tuple(
            self.accepted(one) if isinstance(one, Checked) else self.refused(one)
            for one in outcomes
        )
        bundles = each if len(each) > 1 else ()
        if refusal is not None:
            steps = each[0].steps if len(each) == 1 else ()
            return replace(self.refused(refusal), steps=steps, bundles=bundles)
        first = next(one for one in each if one.verified is not None)
        return replace(first, bundles=bundles)


def render(shown: Shown, fmt: str, *, color: bool, verbose: bool) -> str:
    """Lay ``shown`` out as ``text`` or ``json``."""
    if fmt == "json":
        return json_text(json.dumps(_document(shown), indent=2, ensure_ascii=False)) + "\n"
    return "\n".join(_lines(shown, color=color, verbose=verbose)) + "\n"


def _document(shown: Shown) -> dict[str, Any]:
    whole = {
        **_outcome(shown),
        "trust_root": {"digest": next(iter(shown.trust_root.values()), None)},
        "weakened": list(shown.weakened),
    }
    if shown.bundles:
        whole["bundles"] = [{"where": one.where, **_outcome(one)} for one in shown.bundles]
    return whole


def _outcome(shown: Shown) -> dict[str, Any]:
    problem, verified = shown.problem, shown.verified
    return {
        "verified": problem is None,
        "code": problem.code if problem else "VERIFIED",
        "message": problem.message if problem else "the bundle verifies; no policy was asked",
        "hint": problem.hint if problem else "",
        "signers": [
            {
                "name": signer.name,
                "issuer": signer.issuer,
                "identity": signer.identity,
                "claims": dict(signer.claims),
                "key": str(signer.key),
            }
            for signer in (verified.signers if verified else ())
        ],
        "statement": shown.statement,
        "times": [
            {"source": t.source, "time": f"{t.time:%Y-%m-%dT%H:%M:%SZ}", "authority": t.authority}
            for t in (verified.times if verified else ())
        ],
        "log_entries": [
            {"log": entry.log, "index": entry.index, "kind": entry.kind}
            for entry in (verified.log_entries if verified else ())
        ],
        "steps": [
            {"check": step.check, "expected": step.expected, "seen": step.seen}
            for step in shown.steps
        ],
    }


def _lines(shown: Shown, *, color: bool, verbose: bool) -> list[str]:
    paint = _painter(color=color)
    if shown.problem is not None:
        lines = [paint("REFUSED", "31;1") + f"  {plain(shown.subject)}  {shown.problem.code}"]
        lines.append(f"  {plain(shown.problem.message)}")
        lines.append(f"  hint: {plain(shown.problem.hint)}")
        if verbose:
            lines += ["", *_steps(shown.steps)]
            lines.append(f"  ✗ {shown.problem.code}")
        return lines + _bundle_lines(shown) + _trust_lines(shown)
    verified = shown.verified
    if verified is None:
        return []
    lines = [paint("VERIFIED", "32;1") + f"  {plain(shown.subject)}"]
    for signer in verified.signers:
        who = signer.identity or f"key {signer.key}"
        by = f" (vouched for by {plain(signer.issuer)})" if signer.issuer else ""
        lines.append(f"  signed by  {plain(who)}{by}")
    lines += [f"  at         {t.time:%Y-%m-%dT%H:%M:%SZ}  ({t.source})" for t in verified.times]
    lines += [f"  logged     {plain(e.log)}, entry {e.index}" for e in verified.log_entries]
    if shown.statement is not None:
        says = plain(str(shown.statement.get("predicateType")))
        lines.append(f"  says       {says}")
        judged = "nothing else of it was judged" if shown.met else "nothing here judged it"
        lines.append(f"             (shown with -o json; {judged})")
        lines += [f"  expected   {step.check} {plain(step.seen)}" for step in shown.met]
    if verbose:
        lines += ["", *_steps(shown.steps)]
    return lines + _bundle_lines(shown) + _trust_lines(shown)


def _bundle_lines(shown: Shown) -> list[str]:
    """List every bundle of several, those that were refused with their reason."""
    lines = []
    for one in shown.bundles:
        if one.problem is None:
            lines.append(f"  verified   {plain(one.where)}")
        else:
            lines.append(f"  refused    {plain(one.where)}  {one.problem.code}")
            lines.append(f"             {plain(one.problem.message)}")
    return lines


def _steps(steps: tuple[Step, ...]) -> list[str]:
    width = max((len(step.check) for step in steps), default=0)
    return [
        f"  ✓ {step.check:<{width}}  {plain(step.seen)}"
        + (f"  = {plain(step.expected)}" if step.expected != step.seen else "")
        for step in steps
    ]


def _trust_lines(shown: Shown) -> list[str]:
    lines = [f"  trust root {plain(name)}  {d}" for name, d in shown.trust_root.items()]
    return lines + [f"  weakened   {flag}" for flag in shown.weakened]


def _painter(*, color: bool) -> Any:
    return lambda text, code: f"\x1b[{code}m{text}\x1b[0m" if color else text
