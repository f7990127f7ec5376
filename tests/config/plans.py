"""Plans for tests: one sound plan, and the means to change a part of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from attest.config import Overrides, load_plan
from attest.errors import AttestError
from attest.plan import Plan

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HEX = "ab" * 32
PEM = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n"
)
HEAD = "apiVersion: attest/v1\nkind: Gate\n"
KEY = "key: {pem: " + '"' + PEM.replace("\n", "\\n") + '"}'
TRUST = "trust: {signers: {rel: {" + KEY + "}, sec: {" + KEY + "}}}\n"
POLICIES = f"policies: [{{source: 'oci-layout:policies@sha256:{HEX}', signed_by: [rel]}}]\n"
EVIDENCE = "evidence: {sources: ['dir:evidence'], accept: [{signed_by: [rel]}]}\n"


def plan_text(
    *, trust: str = TRUST, policies: str = POLICIES, evidence: str = EVIDENCE, more: str = ""
) -> str:
    """Return a plan; each part can be replaced."""
    return HEAD + trust + policies + evidence + more


def policy_with(keys: str) -> str:
    """Return a plan whose only policy has ``keys`` besides source and signer."""
    source = f"source: 'oci-layout:policies@sha256:{HEX}', signed_by: [rel]"
    return plan_text(policies=f"policies: [{{{source}, {keys}}}]\n")


def evidence_with(keys: str) -> str:
    """Return a plan whose evidence has ``keys``."""
    return plan_text(evidence=f"evidence: {{{keys}}}\n")


def signer_with(keys: str, roots: str = "r: {builtin: public-good}") -> str:
    """Return a plan whose signer ``rel`` has ``keys``, and the trust root ``r``."""
    return plan_text(trust=f"trust: {{roots: {{{roots}}}, signers: {{rel: {{{keys}}}}}}}\n")


def load(folder: Path, text: str | bytes, **options: Any) -> Plan:
    """Write the plan into ``folder`` and load it."""
    path = folder / "attest.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_plan(str(path), Overrides(**{"now": NOW, **options}))


def refused(folder: Path, text: str | bytes, code: str, **options: Any) -> AttestError:
    """Load a plan that must be refused with ``code``; return the error."""
    with pytest.raises(AttestError) as caught:
        load(folder, text, **options)
    assert caught.value.code == code, str(caught.value)
    return caught.value
