"""One unit of policy code, and the digest that names it."""

from __future__ import annotations

from collections.abc import Iterable

from attest.model.digest import Digest
from attest.model.policy import Claims, File, Policy


def unit(name: str, code: tuple[File, ...], data: tuple[File, ...], claims: Claims) -> Policy:
    """Return the policy of these files; what declares it may say more."""
    return Policy(name=name, code=code, digest=_digest(code, data), data=data, claims=claims)


def _digest(code: Iterable[File], data: Iterable[File]) -> Digest:
    """Digest paths and contents; lengths keep a path from passing for a part of another line."""
    parts = []
    for role, files in (("code", code), ("data", data)):
        for file in files:
            content = Digest.of(file.content)
            parts.append(f"{role} {len(file.path.encode())} {file.path} {content}\n")
    return Digest.of("".join(parts).encode("utf-8"))
