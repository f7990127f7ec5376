"""Public keys: which are accepted, and what it means that a signature verifies."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import field, replace
from functools import partial

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from attest.model.digest import Digest
from attest.model.frozen import frozen
from attest.verify.envelope import Signed
from attest.verify.pss import pss_hash

RSA_BITS = range(2048, 8193)
_CURVES = {"secp256r1": "sha256", "secp384r1": "sha384", "secp521r1": "sha512"}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_PEM = re.compile(
    rb"\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*", re.ASCII
)
_PSS_DETAILS = {f"PKIX_RSA_PSS_{bits}_SHA256": bits for bits in (2048, 3072, 4096)}

_SEQUENCE = b"\x30"
_SSH = (b"ssh-", b"ecdsa-sha2-", b"sk-")

Accepted = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey


class WeakKeyError(ValueError):
    """A key of a kind or size that is not accepted."""


class BadSignatureError(ValueError):
    """A signature that does not verify, or cannot be checked with what is at hand."""


@frozen
class Key:
    """An accepted public key. ``der`` is its SubjectPublicKeyInfo.

    ``digest`` is the SHA-256 of ``der``; that of an RSASSA-PSS key is taken of the plain RSA key
    which it is too, so that one key cannot pass for two. ``pss`` is the hash of the one scheme of
    such a key; without it an RSA key signs by PKCS #1 v1.5.
    """

    public: Accepted = field(compare=False, repr=False)
    der: bytes = field(repr=False)
    digest: Digest
    pss: str | None = None

    @classmethod
    def of(cls, public: object) -> Key:
        """Accept a key of `cryptography`; raise `WeakKeyError` for any other kind or size."""
        if isinstance(public, ec.EllipticCurvePublicKey):
            if public.curve.name not in _CURVES:
                raise WeakKeyError(f"curve {public.curve.name} is not accepted")
        elif isinstance(public, rsa.RSAPublicKey):
            if public.key_size not in RSA_BITS:
                raise WeakKeyError(f"RSA of {public.key_size} bits is not accepted")
        elif not isinstance(public, ed25519.Ed25519PublicKey):
            raise WeakKeyError(f"a key of type {type(public).__name__} is not accepted")
        der = public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return cls(public, der, Digest.of(der))

    @property
    def algorithm(self) -> str:
        """The kind and size of this key, for people."""
        return _title(self)

    @property
    def digests(self) -> tuple[Digest, ...]:
        """Every digest that this key can be revoked by."""
        return tuple(dict.fromkeys((self.digest, Digest.of(self.der))))

    def declared(self, details: str) -> Key:
        """Return this key with the scheme of ``details`` (sigstore_common.proto).

        Raise `WeakKeyError` when they name RSASSA-PSS with another key, or deny that it is one.
        """
        if "RSA_PSS" not in details:
            if self.pss is not None:
                raise WeakKeyError(f"an RSASSA-PSS key is said to be {details:.60}")
            return self
        bits = self.public.key_size if isinstance(self.public, rsa.RSAPublicKey) else 0
        if _PSS_DETAILS.get(details) != bits or self.pss not in {None, "sha256"}:
            raise WeakKeyError(f"expected {details:.60}; seen {self.algorithm}")
        return replace(self, pss="sha256")

    def __str__(self) -> str:
        return str(self.digest)


def load_key(content: bytes) -> Key:
    """Load a public key in PEM or DER; raise ``ValueError`` saying what it is instead."""
    return load_der(content) if content[:1] == _SEQUENCE else load_pem(content)


def load_pem(pem: bytes) -> Key:
    """Load exactly one PEM block ``PUBLIC KEY``; raise ``ValueError`` saying what it is instead."""
    if b"ENCRYPTED" in pem and b"PRIVATE KEY-----" in pem:
        raise ValueError("this is an encrypted private key; give the public one (cosign.pub)")
    if b"PRIVATE KEY-----" in pem:
        raise ValueError("this is a private key; give the public one and keep this one secret")
    if b"BEGIN CERTIFICATE-----" in pem:
        raise ValueError("this is a certificate; name its issuer and identity instead")
    if pem.startswith(_SSH):
        raise ValueError("this is an SSH key; write it as PEM with `ssh-keygen -e -m PKCS8`")
    if (blocks := pem.count(b"-----BEGIN ")) > 1:
        raise ValueError(f"there is more than one PEM block ({blocks}); a signer is one key")
    block = _PEM.fullmatch(pem)
    if block is None:
        raise ValueError("there is no PEM block 'PUBLIC KEY', or other text beside it")
    try:
        der = base64.b64decode(b"".join(block[1].split()), validate=True)
    except binascii.Error as error:
        raise ValueError(f"the key does not parse: {error}") from None
    return load_der(der)


def load_der(der: bytes) -> Key:
    """Load a DER SubjectPublicKeyInfo, or bare RSA key; raise ``ValueError`` for anything else."""
    try:
        key = Key.of(serialization.load_der_public_key(der))
    except WeakKeyError:
        raise
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(f"the key does not parse: {error}") from None
    if not isinstance(key.public, rsa.RSAPublicKey) or der in {key.der, _bare(key.public)}:
        return key
    # The library drops the algorithm identifier, which alone says how such a key signs.
    scheme = pss_hash(der)
    if scheme is None:
        raise WeakKeyError("an RSA key is accepted as rsaEncryption, or as RSASSA-PSS with SHA-2")
    return replace(key, der=der, pss=scheme)


def _bare(public: rsa.RSAPublicKey) -> bytes:
    """Write an RSA key without an algorithm, as older trust roots do (``PKCS1_RSA_PKCS1V5``)."""
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)


def check_signature(key: Key, signature: bytes, signed: Signed) -> str:
    """Return the name of the algorithm under which ``signature`` verifies.

    ECDSA uses the hash of its curve's size; P-384 and P-521 over SHA-256 are what older clients
    wrote and are accepted too. RSA is PKCS #1 v1.5 with SHA-256, or RSASSA-PSS where the key is
    declared for it, never both. Ed25519 needs the whole message. Raise `BadSignatureError`
    otherwise.
    """
    public = key.public
    if isinstance(public, ed25519.Ed25519PublicKey):
        return _check_ed25519(public, signature, signed)
    names = [key.pss or "sha256"]
    if isinstance(public, ec.EllipticCurvePublicKey):
        names = list(dict.fromkeys((_CURVES[public.curve.name], "sha256")))
    known = [digest for name in names if (digest := signed.digest(name)) is not None]
    for digest in known:
        if _verifies(key, signature, digest):
            return f"{_title(key)} with {digest.algorithm}"
    if signed.digest(names[0]) is None:
        raise BadSignatureError(f"key {key} signs {names[0]}, and that digest is not known")
    raise BadSignatureError(f"it does not verify under key {key}")


def _check_ed25519(public: ed25519.Ed25519PublicKey, signature: bytes, signed: Signed) -> str:
    if signed.content is None:
        raise BadSignatureError("an Ed25519 key signs the file itself, and only a digest is known")
    try:
        public.verify(signature, signed.content)
    except InvalidSignature:
        raise BadSignatureError("it does not verify under the Ed25519 key") from None
    return "Ed25519"


def _verifies(key: Key, signature: bytes, digest: Digest) -> bool:
    algorithm = Prehashed(_HASHES[digest.algorithm])
    hashed, public = bytes.fromhex(digest.value), key.public
    if isinstance(public, ec.EllipticCurvePublicKey):
        return _holds(lambda: public.verify(signature, hashed, ec.ECDSA(algorithm)))
    if not isinstance(public, rsa.RSAPublicKey):
        return False
    if key.pss is None:
        return _holds(lambda: public.verify(signature, hashed, padding.PKCS1v15(), algorithm))
    # RFC 4055 §3.1: a key's salt length is the least; clients take the hash's, or what fits.
    salts = (
        _HASHES[key.pss].digest_size,
        padding.calculate_max_pss_salt_length(public, _HASHES[key.pss]),
    )
    schemes = [padding.PSS(padding.MGF1(_HASHES[key.pss]), salt) for salt in salts]
    return any(
        _holds(partial(public.verify, signature, hashed, scheme, algorithm)) for scheme in schemes
    )


def _holds(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except InvalidSignature:
        return False
    return True


def _title(key: Key) -> str:
    if isinstance(key.public, rsa.RSAPublicKey):
        return f"RSA {key.public.key_size}" + (" PSS" if key.pss else "")
    if isinstance(key.public, ec.EllipticCurvePublicKey):
        return f"ECDSA P-{key.public.curve.key_size}"
    return "Ed25519"
