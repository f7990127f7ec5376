"""The second opinion on Rego: regopy, in a jailed worker, on what its gate lets through."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from attest.errors import EngineError
from attest.evaluate import contract
from attest.evaluate.engine import Opinion, Settings
from attest.evaluate.host.job import VALUE, Answer, Job
from attest.evaluate.host.pool import Pool
from attest.evaluate.native import rego_gate
from attest.evaluate.native.rego_entries import CHAINLOOP, NotReadError, program
from attest.model import strict_json, verdict
from attest.model.policy import Policy

_RUNNER = "regopy"
_CANNOT_LOAD = frozenset({"POLICY_COMPILE"})
"""Errors that say that regopy does not take the policy, not that it judges otherwise."""


class Regopy:
    """rego-cpp through regopy (https://github.com/microsoft/rego-cpp)."""

    def identity(self) -> verdict.Engine:
        """Return regopy's version."""
        from importlib.metadata import version

        return verdict.Engine("regopy", version("regopy"))

    def ask(
        self, policy: Policy, documents: Sequence[bytes], settings: Settings, pool: Pool
    ) -> tuple[Opinion, ...]:
        """Return one opinion for each document; ``unsupported`` where the gate refuses."""
        why = rego_gate.of_policy(policy)
        try:
            request = b"" if why else _request(policy, settings)
        except (NotReadError, ValueError) as error:
            why = str(error)
        if why:
            return (Opinion(unsupported=why),) * len(documents)
        refused = [_document_gate(policy, document) for document in documents]
        asked = [one for one, reason in zip(documents, refused, strict=True) if not reason]
        try:
            answers = iter(_ask(request, asked, settings, pool))
        except EngineError as error:
            return (Opinion(failed=f"{error.code}: {error.message}"),) * len(documents)
        return tuple(
            Opinion(unsupported=reason) if reason else _opinion(next(answers), policy)
            for reason in refused
        )


def _ask(
    request: bytes, documents: Sequence[bytes], settings: Settings, pool: Pool
) -> tuple[Answer, ...]:
    if not documents:
        return ()
    return pool.run(Job(_RUNNER, (), request, tuple(documents), settings.limits, 0))


def _request(policy: Policy, settings: Settings) -> bytes:
    found = program(policy)
    chain = policy.chainloop or found.mode == CHAINLOOP
    plain = {
        name: one if isinstance(one, str) else list(one) for name, one in settings.arguments.items()
    }
    request = {
        "mode": found.mode,
        "modules": found.modules,
        "entries": [
            {"package": one.package, "rule": one.rule, "query": one.query} for one in found.entries
        ],
        "data": _data(policy),
        "chainloop": chain,
        "arguments": plain if plain or chain else None,
    }
    return json.dumps(request).encode()


def _data(policy: Policy) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for file in policy.data:
        if not file.path.endswith(".json"):
            raise NotReadError(f"{file.path} is not JSON")
        document = strict_json.parse(file.content)
        for part in reversed(file.mount):
            document = {part: document}
        if not isinstance(document, dict) or merged.keys() & document.keys():
            raise NotReadError(f"{file.path} shares a root with other data")
        merged |= document
    if why := rego_gate.of_document(merged, policy):
        raise NotReadError(f"data: {why}")
    return merged


def _document_gate(policy: Policy, document: bytes) -> str:
    if len(document) > rego_gate.MAX_DOCUMENT:
        return f"a document of {len(document)} bytes"
    try:
        parsed = strict_json.parse(document)
    except ValueError as error:
        return f"the document: {error}"
    return rego_gate.of_document(parsed, policy)


def _opinion(answer: Answer, policy: Policy) -> Opinion:
    if answer.code in _CANNOT_LOAD:
        return Opinion(unsupported=f"regopy does not take the policy: {answer.message[:300]}")
    if answer.status != VALUE:
        return Opinion(failed=f"{answer.code}: {answer.message[:300]}")
    try:
        return Opinion(contract.rego(answer.body, policy.name, finding_type=policy.finding_type))
    except EngineError as error:
        return Opinion(failed=f"{error.code}: {error.message}")
    except Exception as error:  # noqa: BLE001  # the same answer would be an error of the judge
        return Opinion(failed=f"an unreadable answer: {error!r:.300}")
