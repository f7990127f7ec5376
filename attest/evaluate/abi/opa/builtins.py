"""The built-in functions that a program may ask its host for: those of OPA 1.22, less a few.

Which are part of the program itself depends on the version that compiled it, so all are listed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from importlib import resources

REFUSED = {
    "http.send": "it reaches the network; `grant: {http: …}` in the plan allows that",
    "net.lookup_ip_addr": "it reaches the network",
    "opa.runtime": "it looks at the evaluator instead of the evidence",
    "rego.parse_module": "it looks at the evaluator instead of the evidence",
    "trace": "it looks at the evaluator instead of the evidence",
}
"""Name -> why the host does not answer it."""
GRANTABLE = frozenset({"http.send"})
"""Those that a plan can grant: the parent performs the request."""


@functools.cache
def answered() -> frozenset[str]:
    """Return everything else that a program may ask for; a name that is not here does not exist."""
    return frozenset((resources.files(__package__) / "builtins.txt").read_text().split())


def refusal(asked: Iterable[str], granted: frozenset[str] = frozenset()) -> str:
    """Say which of the functions that a program asks for it does not get; empty: it gets all."""
    refused = [
        f"{name!a:.100} ({REFUSED.get(name, 'OPA has no such function')})"
        for name in sorted(asked)
        if name not in answered() and name not in granted
    ]
    return ", ".join(refused[:10])
