"""Reason codes of signing: what cannot be signed, by what, and what did not answer."""

from __future__ import annotations

from attest.reasons.reason import Reason

SIGN: dict[str, Reason] = {
    "SIGNER_CHOICE": Reason(
        2,
        "Either nothing is there to sign with, or more than one thing is.",
        "Give one of --key and --identity-token.",
    ),
    "KEY_ENCRYPTED_COSIGN": Reason(
        2,
        "The private key is in cosign's own encrypted format, which attest does not read.",
        "Sign with cosign itself, or make a PKCS #8 key:"
        " openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem",
    ),
    "SIGNING_KEY_MALFORMED": Reason(
        2,
        "The signing key is not one PEM private key.",
        "Give PKCS #8: openssl pkcs8 -topk8 -nocrypt -in OLD.pem -out key.pem",
    ),
    "SIGNING_KEY_WEAK": Reason(
        2,
        "The signing key is of a kind or size that no verifier should accept.",
        "Use ECDSA P-256, P-384 or P-521, RSA of 2048 to 8192 bits, or Ed25519.",
    ),
    "SIGNING_KEY_PASSWORD": Reason(
        2,
        "The password does not fit the signing key: missing, wrong, or for a key without one.",
        "Name the environment variable that holds the password with --password-env.",
    ),
    "STATEMENT_UNSOUND": Reason(
        2,
        "What is to be signed as a statement is not one that attest would believe.",
        "Sign in-toto statements v1 with a SHA-256 digest of each subject.",
    ),
    "IDENTITY_TOKEN_INVALID": Reason(
        2,
        "The identity token is malformed, expired, or meant for somebody else than Sigstore.",
        "Get a new OpenID Connect token with the audience 'sigstore'.",
    ),
    "TRUST_CONFIG_MALFORMED": Reason(
        2,
        "The trust configuration is not a Sigstore ClientTrustConfig that can be signed with.",
        "Give the JSON of the instance's trusted root and signing configuration.",
    ),
    "SIGNING_UNAVAILABLE": Reason(
        5,
        "A Sigstore service refused, did not answer, or answered what cannot be used.",
        "Try again; check that the instance is up and trusts the issuer of the token.",
    ),
    "OUTPUT_EXISTS": Reason(
        2,
        "The file to write is already there.",
        "Write elsewhere with --bundle, or replace it with --force.",
    ),
}
