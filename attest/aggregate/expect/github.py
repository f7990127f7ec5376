"""What ``gh attestation verify`` checks in a certificate (cli.github.com/manual, read 2026-11-21).

Its subject is the workflow that signed, which is the called one where workflows are reusable; the
repository and its owner are those of the caller, from which the artifact comes.
"""

from __future__ import annotations

from collections.abc import Iterator

from attest.aggregate.expect.agreement import claimed_repository
from attest.errors import VerificationError
from attest.model.builder import GITHUB, GITHUB_ISSUER, split_ref
from attest.model.expectation import GitHubExpectation
from attest.model.trust import Signatory, Step

_HOSTED = "github-hosted"


def check(expected: GitHubExpectation, signer: Signatory) -> tuple[Step, ...]:
    """Return the steps by which the certificate is what is expected."""
    if signer.identity is None:
        raise _unproven("a key signed, and only a certificate says what is expected")
    if signer.issuer != GITHUB_ISSUER:
        raise _unproven(f"the certificate is by issuer {signer.issuer!r:.300}, not by GitHub's")
    return tuple(_steps(expected, signer, signer.identity))


def _steps(expected: GitHubExpectation, signer: Signatory, identity: str) -> Iterator[Step]:
    if expected.repository is not None:
        seen = _claim(claimed_repository(signer), "source repository")
        yield _equal("SOURCE_MISMATCH", "repository", expected.repository, seen)
    if expected.owner is not None:
        owner = signer.claims.get("source_repository_owner_uri")
        repository = claimed_repository(signer)
        if owner is None and repository is not None:
            owner = GITHUB + repository.removeprefix(GITHUB).partition("/")[0]
        seen = _claim(owner, "owner")
        yield _equal("OWNER_MISMATCH", "owner", expected.owner, seen)
    if expected.workflow is not None:
        ref = split_ref(expected.workflow)[1]
        seen = identity if ref else split_ref(identity)[0]
        yield _equal("SIGNER_WORKFLOW_MISMATCH", "signer workflow", expected.workflow, seen)
    if expected.hosted:
        ran = signer.claims.get("runner_environment")
        if ran != _HOSTED:
            message = f"expected a runner that is {_HOSTED}; seen {ran!r:.100}"
            raise VerificationError("RUNNER_SELF_HOSTED", message)
        yield Step("runner", _HOSTED, ran)


def _claim(value: str | None, what: str) -> str:
    if value is None:
        raise _unproven(f"the certificate names no {what}")
    return value


def _equal(code: str, what: str, expected: str, seen: str) -> Step:
    if seen != expected:
        raise VerificationError(code, f"expected {what} {expected}; seen {seen!r:.300}")
    return Step(what, expected, seen)


def _unproven(message: str) -> VerificationError:
    return VerificationError("EXPECT_UNPROVEN", message)
