"""What is expected of SLSA provenance: its source, the ref, who built it, and with which inputs."""

from __future__ import annotations

from collections.abc import Iterator

from attest.aggregate.expect import version
from attest.aggregate.expect.agreement import agree, claimed_ref, claimed_repository
from attest.errors import VerificationError
from attest.model.builder import (
    DIRECT,
    HOSTED,
    RUNNER,
    SELF_HOSTED,
    TRUSTED,
    WORKFLOWS,
    Builder,
    is_delegator,
    is_release,
    split_ref,
)
from attest.model.expectation import BuildExpectation
from attest.model.provenance import Provenance
from attest.model.repository import TAG
from attest.model.trust import Signatory, Step


def check(expected: BuildExpectation, said: Provenance, signer: Signatory) -> tuple[Step, ...]:
    """Return the steps by which ``said`` and the certificate are what is expected."""
    agree(said, signer)
    inside = (expected.source, expected.branch, expected.tag, expected.versioned_tag)
    if not said.read and (expected.inputs or any(part is not None for part in inside)):
        raise VerificationError(
            "BUILD_TYPE_UNKNOWN", f"build type {said.build_type!r:.300} by {said.builder!r:.300}"
        )
    return tuple(_steps(expected, said, signer))


def _steps(expected: BuildExpectation, said: Provenance, signer: Signatory) -> Iterator[Step]:
    if expected.builders:
        yield _builder(expected.builders, said, signer)
    if expected.source is not None:
        yield _source(expected.source, said, signer)
    if expected.branch is not None:
        yield _branch(expected.branch, said, signer)
    if expected.tag is not None:
        yield _equal("TAG_MISMATCH", "tag", expected.tag, _ref(said, signer))
    if expected.versioned_tag is not None:
        yield _versioned(expected.versioned_tag, _ref(said, signer))
    for name, value in expected.inputs.items():
        yield _input(name, value, said, signer)


def _source(expected: str, said: Provenance, signer: Signatory) -> Step:
    if not said.repositories:
        raise _unproven("the provenance names no repository")
    if signer.identity is not None and claimed_repository(signer) is None:
        raise _unproven("the certificate names no source repository")
    return _equal("SOURCE_MISMATCH", "source", expected, said.repositories[0].value)


def _ref(said: Provenance, signer: Signatory) -> str:
    """Return the ref that everybody names who could."""
    if not said.refs:
        raise _unproven("the provenance names no ref")
    if signer.identity is not None and claimed_ref(signer) is None:
        raise _unproven("the certificate names no ref")
    return said.refs[0].value


def _branch(expected: str, said: Provenance, signer: Signatory) -> Step:
    """Compare the branch; for a build of a tag, the one that the tag's event tells.

    That stands in the predicate alone, which a workflow's own steps must not have written.
    """
    seen = _ref(said, signer)
    if seen.startswith(TAG) and said.base is not None and _writes_itself(said, signer):
        seen = said.base
    return _equal("BRANCH_MISMATCH", "branch", expected, seen)


def _versioned(expected: str, seen: str) -> Step:
    tag = seen.removeprefix(TAG)
    if not seen.startswith(TAG) or not version.within(tag, expected):
        raise VerificationError(
            "TAG_VERSION_MISMATCH", f"expected a tag of version {expected}; seen {seen!r:.300}"
        )
    return Step("versioned tag", expected, tag)


def _writes_itself(said: Provenance, signer: Signatory) -> bool:
    """Tell whether the builder, not the workflow that is built, writes what no certificate says."""
    identity = signer.identity
    return identity is None or split_ref(said.builder)[0] in DIRECT or is_delegator(identity)


def _input(name: str, expected: str, said: Provenance, signer: Signatory) -> Step:
    if said.inputs is None:
        raise _unproven("the provenance tells no inputs: only a workflow that somebody started has")
    if not _writes_itself(said, signer):
        raise _unproven(f"builder {said.builder!r:.300} could have written any inputs")
    seen = said.inputs.get(name)
    if seen is None:
        raise VerificationError(
            "WORKFLOW_INPUT_MISMATCH", f"expected input {name}={expected}; there is none of it"
        )
    return _equal("WORKFLOW_INPUT_MISMATCH", f"input {name}", expected, seen)


def _builder(expected: tuple[Builder, ...], said: Provenance, signer: Signatory) -> Step:
    name, ref = split_ref(said.builder)
    named = [one for one in expected if _same(one.id, name)]
    wanted = (
        "one of the trusted builders" if expected == TRUSTED else " or ".join(map(str, expected))
    )
    if not named:
        raise VerificationError(
            "BUILDER_MISMATCH", f"expected {wanted:.500}; seen {said.builder!r:.300}"
        )
    if name in {RUNNER, HOSTED, SELF_HOSTED}:
        _ran(name, signer)
    elif not any(_at(one, name, ref) for one in named):
        raise VerificationError(
            "BUILDER_REF", f"expected {named[0]} at {_rule(named[0])}; seen {said.builder!r:.300}"
        )
    return Step("builder", wanted, said.builder)


def _same(expected: str, name: str) -> bool:
    """The bare runner was GitHub's own (npm's first provenance)."""
    return expected == name or {expected, name} == {RUNNER, HOSTED}


def _at(expected: Builder, name: str, ref: str | None) -> bool:
    if expected.ref is not None:
        return ref == expected.ref
    return is_release(ref) if WORKFLOWS in name else True


def _rule(expected: Builder) -> str:
    return "that ref" if expected.ref else "a tag vX.Y.Z"


def _ran(name: str, signer: Signatory) -> None:
    """The runner is no workflow: the certificate alone can say that it was GitHub's."""
    if signer.identity is not None and "runner_environment" not in signer.claims:
        raise _unproven(f"builder {name}, and the certificate does not say where the job ran")


def _equal(code: str, what: str, expected: str, seen: str) -> Step:
    if seen != expected:
        alike = seen.casefold() == expected.casefold()
        hint = "They differ in upper and lower case alone." if alike else ""
        raise VerificationError(code, f"expected {what} {expected}; seen {seen!r:.300}", hint=hint)
    return Step(what, expected, seen)


def _unproven(message: str) -> VerificationError:
    return VerificationError("EXPECT_UNPROVEN", message)
