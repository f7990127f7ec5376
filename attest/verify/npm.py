"""npm packages: what the registry attests together, and the registry's own keys as data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from attest.errors import UsageError, VerificationError
from attest.model.trust import KeySigner, Require, Signer

PUBLISH = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"
REGISTRY = "https://registry.npmjs.org"
SIGNERS = ("npm registry key 1", "npm registry key 2")
"""The names under which the registry signs, one for each of its keys."""

_LOGGED = Require(tlog=1, sct=0, timestamp=1)
_PROVENANCE = ("https://slsa.dev/provenance/v1", "https://slsa.dev/provenance/v0.2")


class Package(NamedTuple):
    """A package by name, and by version where one is demanded."""

    name: str
    version: str | None

    @classmethod
    def parse(cls, text: str) -> Package:
        """Parse ``NAME[@VERSION]``; a scope begins with ``@``. Raise OPTION_INVALID."""
        name, _, version = text[1:].partition("@")
        name = text[:1] + name
        if not name.strip("@/") or (text.endswith("@")) or name.count("/") > name.startswith("@"):
            raise UsageError("OPTION_INVALID", f"expected NAME[@VERSION], not {text!r}")
        return cls(name, version or None)

    def named(self, purl: str | None) -> bool:
        """Tell whether a statement's subject is this package (purl-spec, npm)."""
        scope, slash, rest = self.name.rpartition("/")
        start = f"pkg:npm/{quote(scope, safe='')}{slash}{rest}@"
        if purl is None or not purl.startswith(start):
            return False
        return self.version is None or purl == start + quote(self.version, safe="")


class Attested(NamedTuple):
    """A verified statement: its predicate type, the names of its subjects, its predicate."""

    predicate_type: str
    subjects: tuple[str | None, ...]
    predicate: dict[str, Any] | None
    by_registry: bool


def registry_signers(root: str) -> dict[str, Signer]:
    """Return npm's keys as signers, whose signatures a log of ``root`` must have on record.

    A key that has expired is believed for what was logged before it did.
    """
    from importlib import resources

    from attest.verify.window import parse_time

    text = resources.files("attest.verify").joinpath("data", "npm.json").read_text("utf-8")
    return {
        name: KeySigner(
            name,
            f"-----BEGIN PUBLIC KEY-----\n{key['key']}\n-----END PUBLIC KEY-----\n".encode(),
            valid_until=parse_time(key["expires"]) if key["expires"] else None,
            root=root,
            require=_LOGGED,
        )
        for name, key in zip(SIGNERS, json.loads(text)["keys"], strict=True)
    }


def demand_package(package: Package, attested: Sequence[Attested]) -> None:
    """Demand that registry and builder both attest ``package``; raise what is missing.

    NPM_PUBLISH_MISSING, NPM_PROVENANCE_MISSING or NPM_PACKAGE_MISMATCH. The name must be that of
    every subject, and in the registry's predicate (npm/attestation, specs/publish/v0.1).
    """
    published = [one for one in attested if one.predicate_type == PUBLISH and one.by_registry]
    built = [one for one in attested if one.predicate_type in _PROVENANCE and not one.by_registry]
    if not published:
        raise VerificationError(
            "NPM_PUBLISH_MISSING", f"no verified {PUBLISH} by the registry's key"
        )
    if not built:
        raise VerificationError(
            "NPM_PROVENANCE_MISSING", f"no verified {' or '.join(_PROVENANCE)} by the builder"
        )
    for one in (*published, *built):
        for name in one.subjects:
            if not package.named(name):
                raise _mismatch(package, f"subject {name!r:.200} of {one.predicate_type}")
    for one in published:
        said = one.predicate or {}
        right = said.get("name") == package.name and said.get("registry") == REGISTRY
        version = said.get("version")
        purl_version = isinstance(version, str) and all(
            Package(package.name, version).named(name) for name in one.subjects
        )
        if not right or not purl_version:
            shown = {key: said.get(key) for key in ("name", "version", "registry")}
            raise _mismatch(package, f"predicate {shown!r:.300}")


def _mismatch(package: Package, seen: str) -> VerificationError:
    wanted = package.name + (f"@{package.version}" if package.version else "")
    return VerificationError(
        "NPM_PACKAGE_MISMATCH", f"expected package {wanted} on {REGISTRY}; seen {seen}"
    )
