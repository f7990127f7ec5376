"""Verified statements for the tests of expectations, without the signatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from attest.aggregate.expect import meet
from attest.decode import decode
from attest.errors import VerificationError
from attest.model.digest import Digest
from attest.model.expectation import BuildExpectation, Expectation, GitHubExpectation
from attest.model.material import Material
from attest.model.trust import Signatory
from tests.decode.making import signed
from tests.provenance import GENERIC, ISSUER, REPOSITORY, V02, V1, claims

KEY = Digest("sha256", "ab" * 32)
BY_KEY = Signatory("ci", KEY)


def by(
    identity: str = GENERIC,
    said: Mapping[str, str] | None = None,
    *,
    issuer: str = ISSUER,
    name: str = "ci",
) -> Signatory:
    """Return who signed, by certificate; the claims are those of ``org/app`` on its main branch."""
    return Signatory(name, KEY, issuer, identity, claims(identity) if said is None else said)


def material(predicate: Any, *signers: Signatory, predicate_type: str | None = None) -> Material:
    """Decode a statement that ``signers`` have signed."""
    version = V1 if "buildDefinition" in predicate else V02
    verified = signed(predicate, predicate_type or version)
    return decode(replace(verified, signers=signers or (by(),)))


def build(**expected: Any) -> Expectation:
    """Expect something of provenance; the source is ``org/app`` unless it is given."""
    return Expectation(build=BuildExpectation(**{"source": REPOSITORY, **expected}))


def github(**expected: Any) -> Expectation:
    """Expect something of GitHub's certificate."""
    return Expectation(github=GitHubExpectation(**expected))


def outcome(expected: Expectation, given: Material, *names: str) -> str:
    """Return ``met``, or the code of the refusal."""
    try:
        meet(expected, given, names)
    except VerificationError as refusal:
        return refusal.code
    return "met"
