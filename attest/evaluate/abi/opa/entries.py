"""Which of a program's entrypoints are asked: the rules of `guests/rego/entries.go`, for names.

A program names the rules that it answers. Whatever it names is asked, or the evaluation ends: an
entrypoint left out would be a no that nobody hears.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attest.evaluate.host.stopped import Stopped
from attest.model.frozen import frozen

_DECIDES = re.compile(r"(?:deny|violation|warn)(?:_[a-zA-Z0-9]+)*|allow|exception")
RESULT = "result"
"""The rule that Chainloop's contract asks."""
_OTHER_QUESTIONS = frozenset({"matches_parameters", "matches_evaluation"})
"""Chainloop's rules that are asked by name alone, and decide nothing."""
_SHOWN = 20


@frozen
class Asked:
    """The entrypoints of one evaluation.

    ``declared``: the plan or the bundle names this one rule. ``chainloop``: input and result follow
    Chainloop's contract.
    """

    entrypoints: tuple[str, ...]
    declared: bool = False
    chainloop: bool = False


def decides(entrypoint: str) -> bool:
    """Tell whether an entrypoint's rule is one of conftest's, or ``allow``."""
    return _DECIDES.fullmatch(_rule(entrypoint)) is not None


def choose(
    offered: Sequence[str], declared: str | None, listed: Sequence[str], *, chainloop: bool
) -> Asked:
    """Return what is asked of a program that offers these entrypoints.

    ``declared`` is the plan's entrypoint, ``listed`` are those of the bundle's manifest. Raises
    ``Stopped`` NO_ENTRY_RULE or ENTRY_AMBIGUOUS.
    """
    if declared:
        _require(offered, (declared,))
        return Asked((declared,), declared=True, chainloop=chainloop)
    if not offered:
        raise Stopped("NO_ENTRY_RULE", "the program has no entrypoint")
    if listed:
        _require(offered, listed)
        if more := sorted(set(offered) - set(listed)):
            raise Stopped(
                "ENTRY_AMBIGUOUS",
                f"the program has entrypoint {_some(more)}, which the bundle's manifest does not",
            )
    offered = [one for one in offered if _rule(one) not in _OTHER_QUESTIONS]
    if not offered:
        raise Stopped("NO_ENTRY_RULE", "the program only answers whether it matches")
    if len(offered) == 1:
        (one,) = offered
        chain = chainloop or _rule(one) == RESULT
        if chainloop and _rule(one) != RESULT:
            raise Stopped("NO_ENTRY_RULE", f"Chainloop's contract asks for result, not for {one}")
        return Asked((one,), declared=not chain and not decides(one), chainloop=chain)
    if chainloop or not all(map(decides, offered)):
        raise Stopped(
            "ENTRY_AMBIGUOUS",
            f"the program has entrypoints {_some(sorted(offered))}; they do not decide together",
        )
    return Asked(tuple(sorted(offered)))


def split(entrypoint: str) -> tuple[str, str]:
    """Return package and rule of ``pkg/rule``."""
    package, _, rule = entrypoint.rpartition("/")
    return package.replace("/", "."), rule


def _rule(entrypoint: str) -> str:
    return split(entrypoint)[1]


def _require(offered: Sequence[str], wanted: Sequence[str]) -> None:
    if missing := sorted(set(wanted) - set(offered)):
        has = _some(sorted(offered)) or "none"
        raise Stopped("NO_ENTRY_RULE", f"no entrypoint {_some(missing)}; the program has {has}")


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(f"{name:.200}" for name in names[:_SHOWN]) + more
