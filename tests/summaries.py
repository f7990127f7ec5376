"""Verification summaries as verifiers write them (slsa.dev, in-toto/attestation)."""

from __future__ import annotations

from typing import Any

from attest.model.digest import Digest

VSA, OLDER = (f"https://slsa.dev/verification_summary/{one}" for one in ("v1", "v0.2"))
SVR, OLDER_SVR = (f"https://in-toto.io/attestation/svr/{one}" for one in ("v0.2", "v0.1"))
VERIFIER, RESOURCE = "https://verifier.example/v1", "pkg:generic/app"
POLICY = Digest("sha256", "cd" * 32)


def vsa(**changes: Any) -> dict[str, Any]:
    """Return a VSA v1 that passed; a change to ``None`` removes the member."""
    said = {
        "verifier": {"id": VERIFIER},
        "timeVerified": "2026-05-04T09:30:00Z",
        "resourceUri": RESOURCE,
        "policy": {"uri": "https://verifier.example/policy", "digest": {"sha256": POLICY.value}},
        "verificationResult": "PASSED",
        "verifiedLevels": ["SLSA_BUILD_LEVEL_2", "ORG_REVIEWED"],
        "dependencyLevels": {"SLSA_BUILD_LEVEL_1": 3, "SLSA_BUILD_LEVEL_2": 1},
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def older(**changes: Any) -> dict[str, Any]:
    """Return a VSA v0.2 that passed."""
    return {
        "verifier": {"id": VERIFIER},
        "time_verified": "2026-05-04T09:30:00Z",
        "resource_uri": RESOURCE,
        "policy": {"uri": "https://verifier.example/policy"},
        "verification_result": "PASSED",
        "policy_level": "SLSA_LEVEL_3",
        **changes,
    }


def svr(**changes: Any) -> dict[str, Any]:
    """Return an SVR v0.2."""
    return {
        "verifier": {"id": VERIFIER, "policies": []},
        "timeCreated": "2026-05-04T09:30:00Z",
        "properties": ["ORG_REVIEWED", "SLSA_BUILD_LEVEL_3"],
        **changes,
    }
