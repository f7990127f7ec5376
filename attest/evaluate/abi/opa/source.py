"""The second opinion on an OPA program: the Rego source beside it, on the Rego guest.

Source and program of one bundle are one policy in two forms: both are asked, always, and must
agree. A program alone has no second opinion.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from attest.errors import EngineError
from attest.evaluate import contract
from attest.evaluate.abi.opa.entries import RESULT, decides, split
from attest.evaluate.engine import Opinion, Settings
from attest.evaluate.guests import rego
from attest.evaluate.host.job import VALUE, Answer
from attest.evaluate.host.pool import Pool
from attest.evaluate.probe import is_wasm
from attest.model import verdict
from attest.model.policy import Policy

_NO_RULE = "NO_ENTRY_RULE"


def source_of(policy: Policy) -> Policy | None:
    """Return the source beside the program as a policy of its own, if there is any."""
    files = tuple(file for file in policy.code if not is_wasm(file.content))
    if not files:
        return None
    entrypoint = policy.entrypoint
    if not entrypoint and len(policy.entrypoints) == 1 and not _by_rules(policy.entrypoints[0]):
        (entrypoint,) = policy.entrypoints
    return replace(policy, code=files, entrypoint=entrypoint)


class Source:
    """The Rego guest on the source beside the program."""

    def identity(self) -> verdict.Engine:
        """Return OPA's version and the guest's digest."""
        return rego.engine()

    def ask(
        self, policy: Policy, documents: Sequence[bytes], settings: Settings, pool: Pool
    ) -> tuple[Opinion, ...]:
        """Return one opinion for each document."""
        source = source_of(policy)
        if source is None:
            why = "its Rego source is not in the bundle"
            return (Opinion(unsupported=why),) * len(documents)
        try:
            given = (settings.arguments, settings.at, settings.limits, pool, settings.host)
            answers = rego.evaluate(source, documents, *given)
        except EngineError as error:
            return (Opinion(failed=f"{error.code}: {error.message}"),) * len(documents)
        return tuple(_opinion(answer, source) for answer in answers)


def _opinion(answer: Answer, source: Policy) -> Opinion:
    if answer.code == _NO_RULE and _pruned(source):
        rules = ", ".join(source.entrypoints)
        return Opinion(unsupported=f"`opa build` took {rules} out of the source beside it")
    if answer.status != VALUE:
        return Opinion(failed=f"{answer.code or 'UNDEFINED_RESULT'}: {answer.message[:300]}")
    try:
        return Opinion(contract.rego(answer.body, source.name, finding_type=source.finding_type))
    except EngineError as error:
        return Opinion(failed=f"{error.code}: {error.message}")


def _pruned(source: Policy) -> bool:
    """Tell whether OPA's compiler took every rule of the manifest out of the source.

    It leaves ``import data.pkg.rule`` in the rule's package instead (opa, `v1/compile`,
    ``pruneBundleEntrypoints``), so that nothing of the source can be asked any more.
    """
    texts = [file.content.decode("utf-8", "replace") for file in source.code]
    return bool(source.entrypoints) and all(
        any(_imports(text, entrypoint) for text in texts) for entrypoint in source.entrypoints
    )


def _imports(text: str, entrypoint: str) -> bool:
    package, rule = split(entrypoint)
    own = re.search(rf"^package {re.escape(package)}$", text, re.MULTILINE)
    taken = re.search(
        rf"^import data\.{re.escape(package)}\.{re.escape(rule)}$", text, re.MULTILINE
    )
    return own is not None and taken is not None


def _by_rules(entrypoint: str) -> bool:
    return decides(entrypoint) or split(entrypoint)[1] == RESULT
