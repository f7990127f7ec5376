"""Public keys: which are accepted, and what it means that a signature verifies."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from attest.model.digest import Digest
from attest.model.frozen import frozen
from attest.verify.envelope import Signed

RSA_BITS = range(2048, 8193)
_CURVES = {"secp256r1": "sha256", "secp384r1": "sha384", "secp521r1": "sha512"}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_PEM = re.compile(
    rb"\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*", re.ASCII
)

_SEQUENCE = b"\x30"
_SSH = (b"ssh-", b"ecdsa-sha2-", b"sk-")

Accepted = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey


class WeakKeyError(ValueError):
    """A key of a kind or size that is not accepted."""


class BadSignatureError(ValueError):
    """A signature that does not verify, or cannot be checked with what is at hand."""


@frozen
class Key:
    """An accepted public key. ``der`` is its SubjectPublicKeyInfo, ``digest`` that one's SHA-256.

    Equality is that of ``der``.
    """

    public: Accepted = field(compare=False, repr=False)
    der: bytes = field(repr=False)
    digest: Digest

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
        if isinstance(self.public, ed25519.Ed25519PublicKey):
            return "Ed25519"
        return _title(self.public)

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
    if _PEM.fullmatch(pem) is None:
        raise ValueError("there is no PEM block 'PUBLIC KEY', or other text beside it")
    return _load(serialization.load_pem_public_key, pem)


def load_der(der: bytes) -> Key:
    """Load a DER SubjectPublicKeyInfo; raise ``ValueError`` when it is not one."""
    return _load(serialization.load_der_public_key, der)


def _load(loader: Callable[[bytes], object], content: bytes) -> Key:
    try:
        return Key.of(loader(content))
    except WeakKeyError:
        raise
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(f"the key does not parse: {error}") from None


def check_signature(key: Key, signature: bytes, signed: Signed) -> str:
    """Return the name of the algorithm under which ``signature`` verifies.

    ECDSA uses the hash of its curve's size; P-384 and P-521 over SHA-256 are what older clients
    wrote and are accepted too. RSA is PKCS #1 v1.5 with SHA-256. Ed25519 needs the whole message.
    Raise `BadSignatureError` otherwise.
    """
    public = key.public
    if isinstance(public, ed25519.Ed25519PublicKey):
        return _check_ed25519(public, signature, signed)
    names = ["sha256"]
    if isinstance(public, ec.EllipticCurvePublicKey):
        names = list(dict.fromkeys((_CURVES[public.curve.name], "sha256")))
    known = [digest for name in names if (digest := signed.digest(name)) is not None]
    for digest in known:
        if _verifies(public, signature, digest):
            return f"{_title(public)} with {digest.algorithm}"
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


def _verifies(
    public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, signature: bytes, digest: Digest
) -> bool:
    algorithm = Prehashed(_HASHES[digest.algorithm])
    hashed = bytes.fromhex(digest.value)
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, hashed, padding.PKCS1v15(), algorithm)
        else:
            public.verify(signature, hashed, ec.ECDSA(algorithm))
    except InvalidSignature:
        return False
    return True


def _title(public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> str:
    if isinstance(public, rsa.RSAPublicKey):
        return f"RSA {public.key_size}"
    return f"ECDSA P-{public.curve.key_size}"
