"""Private keys that follow from a seed and a name: the same on every machine and every run.

They are no secrets: never trust one of them outside a test.
"""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass, field
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from attest.signing.signature import PrivateKey, public_pem

_RSA_EXPONENT = 65537
_PRIME_BITS = 1024
_SMALL_PRIMES = [n for n in range(3, 2000) if all(n % d for d in range(2, int(n**0.5) + 1))]
_WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


class KeyType(enum.StrEnum):
    """The kinds of key that can sign."""

    P256 = "p256"
    P384 = "p384"
    P521 = "p521"
    ED25519 = "ed25519"
    RSA2048 = "rsa2048"


_CURVES: dict[KeyType, ec.EllipticCurve] = {
    KeyType.P256: ec.SECP256R1(),
    KeyType.P384: ec.SECP384R1(),
    KeyType.P521: ec.SECP521R1(),
}


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A managed key: ``private`` signs, ``public_pem`` (SubjectPublicKeyInfo) goes into a plan."""

    private: PrivateKey = field(repr=False)
    public_pem: bytes

    @classmethod
    def of(cls, private: PrivateKey) -> KeyPair:
        """Return the pair of ``private`` and its public half."""
        return cls(private, public_pem(private.public_key()))

    def private_pem(self, password: bytes | None = None) -> bytes:
        """Return the private key as PEM PKCS #8, encrypted when there is a ``password``.

        An encrypted key carries a random salt: its bytes differ from run to run.
        """
        encryption: serialization.KeySerializationEncryption = (
            serialization.BestAvailableEncryption(password)
            if password
            else serialization.NoEncryption()
        )
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )


@cache
def derive(seed: str, name: str, kind: KeyType = KeyType.P256) -> PrivateKey:
    """Return the private key that ``seed``, ``name`` and ``kind`` stand for."""
    label = f"{seed}\0{name}\0{kind}"
    if kind is KeyType.RSA2048:
        return _rsa(label)
    if kind is KeyType.ED25519:
        return ed25519.Ed25519PrivateKey.from_private_bytes(_stream(label, 32))
    curve = _CURVES[kind]
    # One byte less than the group order is wide: always a valid scalar, if never a large one.
    scalar = int.from_bytes(b"\x01" + _stream(label, curve.key_size // 8 - 2), "big")
    return ec.derive_private_key(scalar, curve)


def _stream(label: str, size: int) -> bytes:
    return hashlib.shake_256(label.encode("utf-8")).digest(size)


def _rsa(label: str) -> rsa.RSAPrivateKey:
    p, q = _prime(label + "\0p"), _prime(label + "\0q")
    d = pow(_RSA_EXPONENT, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, p),
        dmq1=rsa.rsa_crt_dmq1(d, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(_RSA_EXPONENT, p * q),
    ).private_key()


def _prime(label: str) -> int:
    # The two highest bits are set, so that the product of two primes has its full length.
    candidate = int.from_bytes(_stream(label, _PRIME_BITS // 8), "big")
    candidate |= (0b11 << (_PRIME_BITS - 2)) | 1
    while not _is_prime(candidate):
        candidate += 2
    return candidate


def _is_prime(n: int) -> bool:
    if any(n % small == 0 for small in _SMALL_PRIMES) or (n - 1) % _RSA_EXPONENT == 0:
        return False
    power = ((n - 1) & -(n - 1)).bit_length() - 1
    return all(_probably_prime(n, witness, power) for witness in _WITNESSES)


def _probably_prime(n: int, witness: int, power: int) -> bool:
    """One round of Miller-Rabin: n - 1 is an odd number times 2**power."""
    x = pow(witness, (n - 1) >> power, n)
    if x in (1, n - 1):
        return True
    return any((x := x * x % n) == n - 1 for _ in range(power - 1))
