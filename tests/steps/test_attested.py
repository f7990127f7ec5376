"""What a plan expects of a policy bundle: who may say it, about what, and in which form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from attest.errors import AttestError
from attest.model.digest import Digest
from attest.testing import KeyPair, statement
from fixtures.making import policies
from fixtures.making.case import pinned
from fixtures.making.evidence import SLSA, provenance
from fixtures.making.expected import VSA, from_source, summary
from fixtures.making.world import CI, ISSUER, REPOSITORY, box, policy_team
from tests.gate import ALLOW, Gate

EXPECT: dict[str, Any] = {"slsa_source": "github.com/example/app", "signed_by": ["ci"]}
CLAIMS = {"source_repository_uri": REPOSITORY, "source_repository_ref": "refs/heads/main"}


def attested(predicate: Any, digest: str, kind: str = SLSA, key: KeyPair | None = None) -> bytes:
    """Sign a statement about a policy bundle by the release workflow."""
    said = statement([{"name": "policies", "digest": {"sha256": digest}}], kind, predicate)
    return box.sign_statement(said, key=key or box.certificate(CI, ISSUER, claims=CLAIMS))


def code(gate: Gate, *, expect: dict[str, Any] | None = None, **entry: Any) -> str:
    gate.plan["policies"][0] |= {"expect": expect or EXPECT, **entry}
    report = gate.run()
    (line,) = report.results
    return line.code


def with_policy(folder: Path) -> tuple[Gate, str]:
    """Return a gate with one signed policy bundle, and its digest."""
    gate = Gate(folder)
    source = gate.policy(ALLOW, on_skip="pass")
    return gate, source.rpartition(":")[2]


def attach(gate: Gate, digest: str, *bundles: bytes) -> None:
    for bundle in bundles:
        gate.case.layout.attach(Digest("sha256", digest), bundle)


def test_provenance_that_is_expected(tmp_path: Path) -> None:
    gate, digest = with_policy(tmp_path)
    attach(gate, digest, attested(provenance(), digest))
    gate.plan["policies"][0]["expect"] = EXPECT
    report = gate.run()
    steps = {step.check: step.seen for step in report.policies[0].trust.steps}
    assert steps["source"] == REPOSITORY


def test_one_that_is_expected_suffices(tmp_path: Path) -> None:
    gate, digest = with_policy(tmp_path)
    other = attested(from_source("https://github.com/example/other"), digest)
    attach(gate, digest, other, b"{}", attested(provenance(), digest))
    assert code(gate) == "NO_MATERIAL"


@pytest.mark.parametrize(
    ("predicate", "kind", "expected"),
    [
        (from_source("https://github.com/example/other"), SLSA, "PROVENANCE_DISAGREES"),
        ({"x": 1}, SLSA, "PROVENANCE_INVALID"),
        ({"x": 1}, "https://example.org/reviewed/v1", "POLICY_PROVENANCE_MISSING"),
        (summary(), VSA, "POLICY_PROVENANCE_MISSING"),
    ],
)
def test_a_statement_that_is_not(tmp_path: Path, predicate: Any, kind: str, expected: str) -> None:
    gate, digest = with_policy(tmp_path)
    attach(gate, digest, attested(predicate, digest, kind))
    assert code(gate) == expected


def test_it_must_be_about_this_bundle(tmp_path: Path) -> None:
    gate, digest = with_policy(tmp_path)
    attach(gate, digest, attested(provenance(), "0" * 64))
    assert code(gate) == "DIGEST_MISMATCH"


def test_who_may_say_so(tmp_path: Path) -> None:
    """The policy's own signers, unless the plan names others."""
    for expect, key, expected in (
        (EXPECT, policy_team, "SIGNER_ROLE"),
        ({"slsa_source": "github.com/example/app"}, policy_team, "NO_MATERIAL"),
        ({"slsa_source": "github.com/example/app"}, None, "SIGNER_ROLE"),
        (EXPECT, box.key_pair("stranger"), "SIGNATURE_INVALID"),
    ):
        gate, digest = with_policy(tmp_path)
        attach(gate, digest, attested(provenance(), digest, key=key))
        assert code(gate, expect=expect) == expected


def test_the_certificate_alone_is_asked_of_provenance_alone(tmp_path: Path) -> None:
    """The bundle's signature is by a certificate too, and says nothing of how it was made."""
    gate, digest = with_policy(tmp_path)
    expect = {"github_repo": "example/app", "signed_by": ["ci"]}
    attach(gate, digest, attested({"x": 1}, digest, "https://sigstore.dev/cosign/sign/v1"))
    assert code(gate, expect=expect) == "POLICY_PROVENANCE_MISSING"
    attach(gate, digest, attested(provenance(), digest))
    assert code(gate, expect=expect) == "NO_MATERIAL"


def test_a_verifier_s_word_for_a_bundle(tmp_path: Path) -> None:
    gate, digest = with_policy(tmp_path)
    expect = {
        "vsa_verifier": "https://verifier.example/v1",
        "vsa_resource": "pkg:generic/example-app",
        "signed_by": ["ci"],
    }
    attach(gate, digest, attested(summary(), digest, VSA))
    assert code(gate, expect=expect) == "NO_MATERIAL"
    gate, digest = with_policy(tmp_path)
    attach(gate, digest, attested(summary(verificationResult="FAILED"), digest, VSA))
    assert code(gate, expect=expect) == "SUMMARY_FAILED"


def test_signature_and_provenance_of_a_file_in_one_file(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    rego = next(iter(policies.rego("package p\n\nallow := true\n").values()))
    signature = box.sign_blob(rego, key=policy_team)
    gate.case.files["p.rego"] = rego
    entry = {"source": "p.rego", "sha256": pinned(rego), "signed_by": ["policy-team"]}
    gate.plan["policies"] = [{**entry, "on_skip": "pass"}]
    beside = "p.rego.sigstore.json"
    gate.case.files[beside] = signature
    assert code(gate) == "POLICY_PROVENANCE_MISSING"
    gate.case.files[beside] = signature + b"\n" + attested(provenance(), pinned(rego)) + b"\n"
    assert code(gate) == "NO_MATERIAL"


def test_a_bundle_that_is_only_pinned_can_be_attested(tmp_path: Path) -> None:
    gate, digest = with_policy(tmp_path)
    entry = gate.plan["policies"][0]
    del entry["signed_by"]
    entry |= {"unsigned": "pinned"}
    assert code(gate) == "POLICY_PROVENANCE_MISSING"
    attach(gate, digest, attested(provenance(), digest))
    assert code(gate) == "NO_MATERIAL"
    entry["expect"] = {"slsa_source": "github.com/example/app"}
    with pytest.raises(AttestError) as caught:
        gate.run()
    assert caught.value.code == "CONFIG_MISSING_KEY"
