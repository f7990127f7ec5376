"""The fuzzer of signatures: that it looks where it should, and some cases of it.

`.ci/run` tries 20,000 (`python -m tests.fuzz.bundles --count 20000`); docs/conformance.md has the
result of 200,000.
"""

from __future__ import annotations

import base64
import json
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from attest.errors import VerificationError
from attest.model.digest import Digest
from tests.fuzz import bundles, encodings, runner
from tests.fuzz.bundles import ChangedError, attempt, original, said, same
from tests.fuzz.seeds import Seed, made, vectors

COUNT = 4_000
SEEDS = {seed.name: seed for seed in made()}
STATEMENT = SEEDS["statement, v1 log"]


def _random(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  # the same seed must give the same case


@pytest.mark.parametrize("seed", [*SEEDS.values(), *vectors()], ids=lambda seed: seed.name)
def test_every_seed_verifies(seed: Seed) -> None:
    assert same(original(seed), seed)


def test_a_sample_of_cases() -> None:
    with bundles.targets() as targets:
        summary = runner.run(targets, COUNT)
    assert not summary.failures, runner.report(summary)
    assert summary.cases >= COUNT
    codes = set().union(*summary.outcomes.values())
    # It reaches every step of the ladder, not only the form of the file.
    assert codes >= {
        *("accepted", "BUNDLE_MALFORMED", "BUNDLE_TYPE", "CERTIFICATE_MALFORMED", "CHECKPOINT"),
        *("INCLUSION_PROOF", "KEY_MISMATCH", "SET_INVALID", "SIGNATURE_INVALID", "TLOG_BINDING"),
        *("CERTIFICATE_CHAIN", "TIMESTAMP_INVALID", "TLOG_UNKNOWN"),
        *("TLOG_MISSING", "TIMESTAMP_MISSING", "DIGEST_MISMATCH", "SIGNATURE_REPEATED"),
    }


def test_the_same_number_is_the_same_case() -> None:
    made = [encodings.change(STATEMENT.content, _random(7)) for _ in range(2)]
    assert made[0] == made[1] != STATEMENT.content


def test_changes_reach_into_every_encoding() -> None:
    """JSON in base64 in JSON, PEM in base64 in that, and DER in PEM."""
    material = json.loads(STATEMENT.content)["verificationMaterial"]
    body = json.loads(base64.b64decode(material["tlogEntries"][0]["canonicalizedBody"]))
    pem = base64.b64decode(body["spec"]["signatures"][0]["verifier"])
    der = base64.b64decode(material["certificate"]["rawBytes"])
    inside = [json.dumps(body).encode(), pem, der]
    for content in inside:
        found = {encodings.change(content, _random(n)) for n in range(200)}
        same_size = [one for one in found if len(one) == len(content) and one != content]
        assert len(found) > 100
        assert same_size


def test_what_differs_is_seen() -> None:
    (signer,) = original(STATEMENT).signers
    (first, *_), (entry,) = original(STATEMENT).times, original(STATEMENT).log_entries
    later = first.time + timedelta(seconds=1)
    changes: tuple[dict[str, Any], ...] = (
        {"payload": b"x"},
        {"payload_type": "x"},
        {"signed": Digest.of(b"x")},
        {"signers": ()},
        {"signers": (replace(signer, identity="x"),)},
        {"signers": (replace(signer, issuer="x"),)},
        {"signers": (replace(signer, claims={"x": "y"}),)},
        {"signers": (signer, replace(signer, name="x"))},
        {"times": ()},
        {"times": (replace(first, time=later),)},
        {"log_entries": (replace(entry, index=1),)},
        {"log_entries": (replace(entry, log="x"),)},
    )
    for change in changes:
        assert not same(replace(original(STATEMENT), **change), STATEMENT), change


def test_a_verifier_that_accepts_something_else_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(original(STATEMENT), payload=b"x")
    monkeypatch.setattr(bundles, "said", lambda *_: other)
    with pytest.raises(ChangedError, match="accepted, and says"):
        attempt(STATEMENT, [STATEMENT], _random(1))


def test_a_verifier_that_leaks_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    peaks = iter(range(0, 10**9, bundles.GROWTH // 50))
    monkeypatch.setattr(bundles, "memory", lambda: next(peaks))
    with bundles.targets() as targets:
        summary = runner.run(targets[:1], 300)
    assert "memory has grown" in runner.report(summary)


def test_a_verifier_that_hangs_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "SLOWEST", -1.0)
    with pytest.raises(ChangedError, match="it took"):
        attempt(STATEMENT, [STATEMENT], _random(1))


def test_a_refusal_is_an_outcome() -> None:
    with pytest.raises(VerificationError):
        said(STATEMENT, b"{}")
