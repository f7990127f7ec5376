"""Signing with a key of one's own: no network, no log, no time."""

from __future__ import annotations

from attest.signing.bundle import (
    STATEMENT_TYPE,
    bundle,
    envelope,
    key_material,
    message_signature,
)
from attest.signing.load import load_private_key
from attest.signing.statement import require_statement


def sign_with_key(
    content: bytes, key_pem: bytes, *, password: bytes | None = None, statement: bool = False
) -> bytes:
    """Return a Sigstore bundle v0.3 (JSON) by the PEM PKCS #8 private key in ``key_pem``.

    The signature is over ``content`` as a file; with ``statement`` it is a DSSE envelope around
    ``content``, which must be an in-toto statement. The same arguments give the same bytes. Raises
    `UsageError` for a key or a statement that cannot be used.
    """
    key = load_private_key(key_pem, password)
    material = key_material(key.public_key())
    if statement:
        require_statement(content)
        signed = {"dsseEnvelope": envelope(content, STATEMENT_TYPE, key)}
    else:
        signed = {"messageSignature": message_signature(key, content)}
    return bundle(signed, material)
