"""Who may sign when only a source or an owner is named: the builders that may have built it.

The rules for who is whom stand in `attest.model.builder`, with their sources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from attest.errors import VerificationError
from attest.model.builder import (
    DELEGATED,
    DELEGATORS,
    DIRECT,
    GITHUB,
    GITHUB_ISSUER,
    GOOGLE,
    HOSTED,
    RUNNER,
    SELF_HOSTED,
    WORKFLOWS,
    Builder,
    split_ref,
)
from attest.model.expectation import Expectation, GitHubExpectation
from attest.model.trust import (
    KEY_DEFAULTS,
    CertificateSigner,
    KeySigner,
    Match,
    Require,
    Signer,
)

_RELEASE = r"@refs/tags/v[0-9]+\.[0-9]+\.[0-9]+"
_ANY_WORKFLOW = rf"{re.escape(GITHUB)}.+{re.escape(WORKFLOWS)}.+@.+"
_GOOGLE_V1, _GOOGLE_V01 = "Google Cloud Build v1", "Google Cloud Build v0.1"
_GOOGLE_SAYS = {
    _GOOGLE_V1: "https://slsa.dev/provenance/v1",
    _GOOGLE_V01: "https://slsa.dev/provenance/v0.1",
}


def expected_signers(
    expected: Expectation, root: str, require: Require, claims: Mapping[str, str]
) -> dict[str, Signer]:
    """Return who may sign what is ``expected``; nobody where it names neither source nor owner.

    Certificates are those of GitHub's workflows, under ``root``. What a certificate says of the
    source is for the expectation itself to compare: older ones say it elsewhere.
    """
    github, build = expected.github, expected.build
    patterns: dict[str, Match] = {}
    keys: dict[str, Signer] = {}
    if github is not None and (github.owner or github.repository):
        patterns = {"GitHub workflow": _workflow(github)}
    elif build is not None and build.source is not None:
        patterns = dict(_builders(build.builders))
        keys = google_signers() if any(one.id == GOOGLE for one in build.builders) else {}
    signers: dict[str, Signer] = {
        name: CertificateSigner(name, root, match, Match(GITHUB_ISSUER), dict(claims), require)
        for name, match in patterns.items()
    }
    return signers | keys


def google_signers() -> dict[str, Signer]:
    """Return the keys by which Google Cloud Build signs DSSE envelopes.

    Their signatures carry no time, and Google states none until which they are good.
    """
    from importlib import resources

    text = resources.files("attest.verify").joinpath("data", "gcb.json").read_text("utf-8")
    return {
        name: KeySigner(name, key["key"].encode(), require=KEY_DEFAULTS)
        for name, key in zip(_GOOGLE_SAYS, json.loads(text)["keys"], strict=True)
    }


def demand_own_key(signers: Iterable[str], predicate_type: str) -> None:
    """Raise SIGNER_ROLE when Google's key for one version of provenance signed another."""
    for name in signers:
        says = _GOOGLE_SAYS.get(name, predicate_type)
        if says != predicate_type:
            raise VerificationError(
                "SIGNER_ROLE", f"the key of {name} signs {says}; seen {predicate_type:.300}"
            )


def _workflow(github: GitHubExpectation) -> Match:
    """The workflow that is named, or any of the repository's or owner's own."""
    if github.workflow is not None:
        if split_ref(github.workflow)[1] is not None:
            return Match(github.workflow)
        return Match(rf"{re.escape(github.workflow)}@.+", is_pattern=True)
    home = github.repository or github.owner or ""
    return Match(rf"{re.escape(home)}/.+", is_pattern=True)


def _builders(builders: Iterable[Builder]) -> Iterator[tuple[str, Match]]:
    """A builder signs by itself, or through a delegator; one pattern for all at release tags."""
    released: list[str] = []
    delegates = False
    for one in builders:
        if one.id in {RUNNER, HOSTED, SELF_HOSTED}:
            yield one.id, Match(_ANY_WORKFLOW, is_pattern=True)
        elif one.id.startswith(GITHUB) and WORKFLOWS in one.id:
            delegates |= one.id not in DIRECT
            if one.ref is not None:
                yield str(one), Match(str(one))
            elif one.id not in DELEGATED:
                released.append(one.id)
    if released:
        yield "builder", _released(released)
    if delegates:
        yield "delegator", _released(DELEGATORS)


def _released(names: Iterable[str]) -> Match:
    return Match(f"(?:{'|'.join(map(re.escape, names))}){_RELEASE}", is_pattern=True)
