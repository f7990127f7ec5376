"""Whether provenance agrees with itself, and with the certificate that signed it.

Whatever a workflow writes into a predicate, it cannot write into its certificate, which the
authority fills from the token of the job (sigstore/fulcio, docs/oid-info.md). A key has no
certificate: who holds it vouches for every word.
"""

from __future__ import annotations

from collections.abc import Sequence

from attest.errors import VerificationError
from attest.model.builder import (
    DELEGATORS,
    DIRECT,
    GITHUB,
    GITHUB_ISSUER,
    GOOGLE,
    HOSTED,
    RUNNER,
    SELF_HOSTED,
    WORKFLOWS,
    is_delegator,
    split_ref,
)
from attest.model.provenance import Provenance, Stated
from attest.model.trust import Signatory

_RUNNERS = {RUNNER: "github-hosted", HOSTED: "github-hosted", SELF_HOSTED: "self-hosted"}


def agree(said: Provenance, signer: Signatory) -> None:
    """Raise PROVENANCE_DISAGREES unless ``said`` is one story, and the certificate's too.

    A claim that the certificate lacks contradicts nothing; what is expected must be proven besides.
    """
    for what, places in (
        ("repository", said.repositories),
        ("ref", said.refs),
        ("commit", said.commits),
    ):
        _one_story(what, places)
    if signer.identity is None:
        return
    _matches("repository", said.repositories, claimed_repository(signer))
    _matches("ref", said.refs, claimed_ref(signer))
    commit = ("source_repository_digest", "github_workflow_sha")
    _matches("commit", said.commits, _claimed("commit", signer, commit))
    _builder(said, signer)


def claimed_repository(signer: Signatory) -> str | None:
    """Return the source repository of the certificate as ``https://HOST/PATH``.

    Older certificates name it ``ORG/REPO``, which on GitHub alone has a meaning.
    """
    older = signer.claims.get("github_workflow_repository")
    told = [Stated(f"{GITHUB}{older}", "github_workflow_repository")] if older else []
    named = signer.claims.get("source_repository_uri")
    if named:
        told.append(Stated(named, "source_repository_uri"))
    _one_story("repository", told)
    if named is None and signer.issuer != GITHUB_ISSUER:
        return None
    return told[0].value if told else None


def claimed_ref(signer: Signatory) -> str | None:
    """Return the ref that the workflow of the certificate ran on, in full."""
    return _claimed("ref", signer, ("source_repository_ref", "github_workflow_ref"))


def _claimed(what: str, signer: Signatory, names: tuple[str, ...]) -> str | None:
    told = [Stated(value, name) for name in names if (value := signer.claims.get(name))]
    _one_story(what, told)
    return told[0].value if told else None


def _one_story(what: str, places: Sequence[Stated]) -> None:
    for other in places[1:]:
        if other.value != places[0].value:
            raise _disagrees(
                f"two {what} values: {places[0].value!r:.300} at {places[0].at},"
                f" {other.value!r:.300} at {other.at}"
            )


def _matches(what: str, places: tuple[Stated, ...], claim: str | None) -> None:
    if claim is not None and places and places[0].value != claim:
        seen = places[0]
        raise _disagrees(
            f"the certificate names {what} {claim!r:.300},"
            f" the predicate {seen.value!r:.300} at {seen.at}"
        )


def _builder(said: Provenance, signer: Signatory) -> None:
    """A job on GitHub can name itself as builder, the runner, or whoever delegated to it.

    Builders that are known sign by means of their own; nobody else's certificate speaks for them.
    """
    identity = signer.identity or ""
    named = signer.claims.get("build_signer_uri", identity)
    if named != identity:
        raise _disagrees(f"the certificate is for {identity!r:.300} and names {named!r:.300}")
    on_github = signer.issuer == GITHUB_ISSUER
    name = split_ref(said.builder)[0]
    if name in _RUNNERS:
        ran = signer.claims.get("runner_environment", _RUNNERS[name])
        tied = on_github and ran == _RUNNERS[name]
    elif is_delegator(identity):
        tied = on_github and name not in {*DIRECT, *DELEGATORS}
    elif said.builder == identity:
        tied = True
    else:
        tied = not on_github and WORKFLOWS not in name and name != GOOGLE
    if not tied:
        raise _disagrees(
            f"the certificate is for {identity!r:.300} by issuer {signer.issuer!r:.200},"
            f" the predicate names builder {said.builder!r:.300}"
        )


def _disagrees(message: str) -> VerificationError:
    return VerificationError("PROVENANCE_DISAGREES", message)
