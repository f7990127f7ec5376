"""RFC 3161 timestamps: a time that an authority has put on the signature.

The only importer of ``rfc3161_client``, and only when a bundle brings a timestamp.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from attest.errors import VerificationError
from attest.verify.pss import PSS_OID
from attest.verify.root import Authority, TrustRoot
from attest.verify.window import Window, rfc3339, utc

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

_HASHES = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}


class UnprovenError(ValueError):
    """A timestamp that no authority of the trust root stands for at its time."""


def check_timestamp(token: bytes, signature: bytes, root: TrustRoot) -> tuple[datetime, Authority]:
    """Return the time that an authority of ``root`` has put on ``signature``, and which.

    Raise TIMESTAMP_INVALID when the token does not parse or is about other bytes, and
    `UnprovenError` when it is by a stranger or outside a window: such a token proves nothing, and
    others may stand beside it.
    """
    response = _decode(token)
    _check_imprint(response, signature)
    problem = f"trust root {root.name!r} has no timestamp authority"
    for authority in root.timestamp_authorities:
        try:
            _refuse_pss(token, authority)
            _check_token(response, authority, signature)
        except UnprovenError as error:
            problem = f"{authority.name}: {error!s:.300}"
            continue
        time = utc(response.tst_info.gen_time)
        if time in authority.window and _chain_valid(authority, time):
            return time, authority
        problem = (
            f"{authority.name} is trusted {authority.window}, or one of its certificates is not"
            f" valid; the timestamp is of {rfc3339(time)}"
        )
    raise UnprovenError(problem)


def _decode(token: bytes) -> TimeStampResponse:
    from rfc3161_client import decode_timestamp_response

    try:
        response = decode_timestamp_response(token)
        utc(response.tst_info.gen_time)
        _ = response.tst_info.message_imprint.hash_algorithm
    except Exception as error:  # noqa: BLE001  # the library names no closed set of errors
        raise VerificationError(
            "TIMESTAMP_INVALID", f"a timestamp does not parse: {error!s:.300}"
        ) from None
    return response


def _check_imprint(response: TimeStampResponse, signature: bytes) -> None:
    imprint = response.tst_info.message_imprint
    algorithm = _HASHES.get(imprint.hash_algorithm.dotted_string)
    if algorithm is None or hashlib.new(algorithm, signature).digest() != imprint.message:
        raise VerificationError(
            "TIMESTAMP_INVALID",
            f"a timestamp is about {imprint.message.hex()}, which is not a strong hash of this"
            " signature",
        )


def _refuse_pss(token: bytes, authority: Authority) -> None:
    """Refuse a token that says RSASSA-PSS: the library would check it as PKCS #1 v1.5."""
    for certificate in authority.chain:  # these may well be signed so
        token = token.replace(certificate.public_bytes(Encoding.DER), b"")
    if PSS_OID in token:
        raise UnprovenError("it says RSASSA-PSS, which is not supported of timestamps")


def _check_token(response: TimeStampResponse, authority: Authority, signature: bytes) -> None:
    from rfc3161_client import VerifierBuilder

    try:
        signers = len(response.signed_data.signer_infos)
        verifier = VerifierBuilder(
            tsa_certificate=authority.chain[0],
            intermediates=list(authority.chain[1:-1]),
            roots=[authority.chain[-1]],
        ).build()
        verifier.verify_message(response, signature)
    except Exception as error:  # noqa: BLE001  # whatever it is, this authority does not stand for it
        raise UnprovenError(str(error)) from None
    if signers != 1:
        raise UnprovenError(f"it has {signers} signers; expected one")


def _chain_valid(authority: Authority, time: datetime) -> bool:
    return all(
        time in Window(one.not_valid_before_utc, one.not_valid_after_utc) for one in authority.chain
    )
