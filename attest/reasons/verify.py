"""Reason codes of the verify stage: configuration exits 2, every refusal of bytes exits 4."""

from __future__ import annotations

from attest.reasons.reason import Reason

_AGAIN = "Sign again and use the new bundle; if it came from elsewhere, treat it as tampered with."
_ROOT = "Check that the trust root is the one of the instance that signed, and that it is current."

VERIFY: dict[str, Reason] = {
    # Configuration
    "ROOT_UNKNOWN": Reason(
        2,
        "A trust root was named that the plan does not have, or a signer needs one and names none.",
        "List it under trust.roots and name it in the signer.",
    ),
    "ROOT_MALFORMED": Reason(
        2,
        "A trust root is not a Sigstore trusted_root.json, or lacks what one must have.",
        "Fetch the trust root again; every authority in it needs a validFor with a start.",
    ),
    "KEY_MALFORMED": Reason(
        2,
        "A key of the plan is not one PEM public key, or its window is empty.",
        "Give exactly one PEM block 'PUBLIC KEY' (SubjectPublicKeyInfo).",
    ),
    "KEY_WEAK": Reason(
        2,
        "A key is of a kind or size that is not accepted.",
        "Use ECDSA P-256, P-384 or P-521, RSA of 2048 to 8192 bits, or Ed25519.",
    ),
    "PATTERN_MALFORMED": Reason(
        2,
        "A pattern is not a supported regular expression, or could take unbounded time.",
        "Use literals, classes, groups and repetitions, without repeating a repetition.",
    ),
    "PATTERN_TOO_WIDE": Reason(
        2,
        "A pattern would match a stranger.",
        "Spell out the host and the organisation; an issuer pattern starts with https://HOST/.",
    ),
    "CLAIM_UNKNOWN": Reason(
        2,
        "A claim was named that no Fulcio certificate extension has.",
        "Use the names of sigstore/fulcio docs/oid-info.md, for example source_repository_uri.",
    ),
    "THRESHOLD_MALFORMED": Reason(
        2,
        "A threshold counts a signer that is not there, or more signers than it names.",
        "Name each signer once, and ask for at most as many as are named.",
    ),
    # Form
    "NO_SIGNER": Reason(
        4,
        "Nothing says who may sign, so nobody is believed.",
        "Name at least one signer under trust.signers.",
    ),
    "BUNDLE_MALFORMED": Reason(
        4,
        "The file is not a well-formed Sigstore bundle.",
        "Check the file; a bundle is one JSON object with one content and one key or certificate.",
    ),
    "BUNDLE_TYPE": Reason(
        4,
        "The media type is no Sigstore bundle version that attest reads (0.1, 0.2, 0.3).",
        "Sign with a tool that writes Sigstore bundle v0.3.",
    ),
    "SIGNATURE_REPEATED": Reason(
        4,
        "An envelope holds the same signature twice.",
        "Sign again: each signer signs once; a repeated signature counts for nothing.",
    ),
    # Pins, digests and signatures
    "PIN_MISMATCH": Reason(
        4,
        "The bytes are not the ones that were pinned.",
        "Fetch the pinned bytes, or review the new ones and change the pin.",
    ),
    "SIGNATURE_INVALID": Reason(
        4,
        "The signature does not verify: the bytes, the signature or the key is another.",
        _AGAIN,
    ),
    "KEY_MISMATCH": Reason(
        4,
        "The bundle is signed by another key, or by a certificate where a key is expected.",
        "Name the key or identity that signed as a signer, if you trust it.",
    ),
    "KEY_EXPIRED": Reason(
        4,
        "The signing key is outside its window at a proven time of signing.",
        "Sign with a current key; a window is valid_from and valid_until of the signer.",
    ),
    "REVOKED": Reason(
        4,
        "A key or certificate on the revocation list took part, whatever the time.",
        "Sign again with a key that is not revoked.",
    ),
    # Certificates
    "CERTIFICATE_MALFORMED": Reason(
        4,
        "The signing certificate cannot be read, or says two different things.",
        _AGAIN,
    ),
    "ISSUER_CONFLICT": Reason(
        4,
        "The two issuer extensions of the certificate name different identity providers.",
        _AGAIN,
    ),
    "CERTIFICATE_CHAIN": Reason(
        4,
        "No certificate authority of the trust root vouches for the signing certificate.",
        _ROOT,
    ),
    "CERTIFICATE_EXPIRED": Reason(
        4,
        "The signing certificate is not valid at a proven time of signing.",
        _AGAIN,
    ),
    "CERTIFICATE_USAGE": Reason(
        4,
        "The certificate may not sign code, or its key is of a kind that is not accepted.",
        "Sign with a code-signing certificate.",
    ),
    "CA_WINDOW": Reason(
        4,
        "The certificate authority is not trusted at a proven time of signing.",
        _ROOT,
    ),
    "SCT_MISSING": Reason(
        4,
        "The certificate brings fewer certificate-transparency timestamps than required.",
        "Use a CA that logs its certificates, or state `require: {sct: 0}`, listed as weakening.",
    ),
    "SCT_INVALID": Reason(
        4,
        "A certificate-transparency timestamp is not by a trusted log at a trusted time.",
        _ROOT,
    ),
    # Transparency log
    "TLOG_MISSING": Reason(
        4,
        "The bundle brings fewer transparency-log entries than required.",
        "Sign with a log, or state `require: {tlog: 0}`, listed as weakening.",
    ),
    "TLOG_UNKNOWN": Reason(4, "A log entry is by a log that the trust root does not have.", _ROOT),
    "TLOG_BINDING": Reason(
        4,
        "A log entry is about another signature, key or content than this bundle.",
        _AGAIN,
    ),
    "INCLUSION_PROOF": Reason(4, "A log entry is not proven to be in its log.", _AGAIN),
    "CHECKPOINT": Reason(
        4,
        "The log's signed state does not verify, or is not the one the proof leads to.",
        _AGAIN,
    ),
    "SET_INVALID": Reason(4, "The log's promise over its entry and time does not verify.", _AGAIN),
    "LOG_WINDOW": Reason(4, "The log's key is not trusted at a proven time of signing.", _ROOT),
    # Time
    "TIMESTAMP_INVALID": Reason(
        4,
        "A timestamp is not by a trusted authority at a trusted time, or is about other bytes.",
        _ROOT,
    ),
    "TIMESTAMP_MISSING": Reason(
        4,
        "The bundle brings fewer proven times of signing than required.",
        "Sign with a timestamp authority, or with a log that promises a time.",
    ),
    "TIME_IN_FUTURE": Reason(
        4,
        "A proven time of signing is later than the time of evaluation.",
        "Check the clock, or --at.",
    ),
    # npm
    "NPM_PUBLISH_MISSING": Reason(
        4,
        "The registry's own attestation of the publication is not there, or does not verify.",
        "Give the registry's whole answer: /-/npm/v1/attestations/NAME@VERSION.",
    ),
    "NPM_PROVENANCE_MISSING": Reason(
        4,
        "The builder's provenance of the package is not there, or does not verify.",
        "Publish with `npm publish --provenance`; give the registry's whole answer.",
    ),
    "NPM_PACKAGE_MISMATCH": Reason(
        4,
        "An attestation is about another package or version than demanded.",
        "Compare the seen package with --npm-package.",
    ),
    # Who
    "THRESHOLD_UNMET": Reason(
        4,
        "Fewer signers than the threshold asks for have signed these bytes.",
        "Let another of the named signers sign the same payload.",
    ),
    "THRESHOLD_PRINCIPALS": Reason(
        4,
        "Enough names or signatures, but of too few principals: a key or identity counts once.",
        "Let another principal sign, with a key or identity of its own.",
    ),
    "THRESHOLD_PAYLOADS": Reason(
        4,
        "Enough signers have signed, but not the same bytes.",
        "Let every signer sign the identical payload, byte for byte.",
    ),
    "IDENTITY_MISMATCH": Reason(
        4,
        "The certificate names somebody else.",
        "Compare the seen identity with the signer's; `attest inspect` prints a signer for it.",
    ),
    "ISSUER_MISMATCH": Reason(
        4,
        "Another identity provider vouched for the signer.",
        "Compare the seen issuer with the signer's.",
    ),
    "CLAIM_MISMATCH": Reason(
        4,
        "The certificate does not carry a claim that the signer must have.",
        "Compare the seen claim with the signer's.",
    ),
}
