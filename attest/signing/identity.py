"""Keyless signing through a Sigstore instance: the one importer of `sigstore` in this package."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from attest.errors import AttestError, FetchError, UsageError
from attest.signing.statement import require_statement
from attest.signing.trust_config import malformed, require_safe

if TYPE_CHECKING:
    from sigstore.models import ClientTrustConfig
    from sigstore.oidc import IdentityToken

DEADLINE = 120.0
"""Seconds that all the services together may take."""


def sign_with_identity(
    content: bytes,
    token: str,
    *,
    trust_config: bytes | None = None,
    statement: bool = False,
    deadline: float = DEADLINE,
) -> bytes:
    """Return a Sigstore bundle (JSON) by a certificate for the identity in ``token``.

    ``token`` is an OpenID Connect token; ``trust_config`` the ClientTrustConfig (JSON) of the
    instance, or the public-good one, whose current configuration is fetched. What is signed is as
    for `attest.signing.sign_with_key`. Needs the network, and nothing else of the environment than
    what ``requests`` reads of proxies. Raises `UsageError` for what was given, and `FetchError`
    when a service refuses, does not answer within ``deadline`` seconds, or cannot be used.
    """
    if statement:
        require_statement(content)
    if trust_config is not None:
        require_safe(trust_config)

    def work() -> bytes:
        config = _config(trust_config)
        return _sign(content, _token(token), config, statement=statement)

    return _within(deadline, work)


def _config(content: bytes | None) -> ClientTrustConfig:
    from sigstore.models import ClientTrustConfig

    if content is None:
        try:
            return ClientTrustConfig.production()
        except Exception as error:  # noqa: BLE001  # TUF, requests, OSError: no common base
            raise _unavailable(error) from None
    try:
        config = ClientTrustConfig.from_json(content.decode("utf-8"))
        # Read here what is otherwise read late, so that what is wrong with it is told apart.
        _ = config.signing_config, config.trusted_root
    except Exception as error:  # noqa: BLE001  # pydantic, sigstore and ValueError
        raise malformed(_first_line(error)) from None
    return config


def _token(token: str) -> IdentityToken:
    from sigstore.oidc import IdentityToken

    try:
        return IdentityToken(token.strip())
    except Exception as error:  # noqa: BLE001  # IdentityError, and what it lets through
        raise UsageError(
            "IDENTITY_TOKEN_INVALID", f"the token cannot be used: {_first_line(error)}"
        ) from None


def _sign(
    content: bytes, token: IdentityToken, config: ClientTrustConfig, *, statement: bool
) -> bytes:
    from sigstore.dsse import Statement
    from sigstore.sign import SigningContext

    try:
        context = SigningContext.from_trust_config(config)
        with context.signer(token) as signer:
            bundle = (
                signer.sign_dsse(Statement(content)) if statement else signer.sign_artifact(content)
            )
        signed = bundle.to_json().encode("utf-8")
        wanted = len(config.signing_config.get_tsas())
    except Exception as error:  # noqa: BLE001  # requests, pydantic, several of sigstore's own
        raise _unavailable(error) from None
    _require_timestamps(signed, wanted)
    return signed


def _require_timestamps(signed: bytes, wanted: int) -> None:
    """The library only logs that an authority failed; a bundle without its time is no success."""
    material = json.loads(signed)["verificationMaterial"]
    stamps = (material.get("timestampVerificationData") or {}).get("rfc3161Timestamps") or []
    if len(stamps) < wanted:
        raise FetchError(
            "SIGNING_UNAVAILABLE",
            f"expected a timestamp of {wanted} authorities; seen {len(stamps)}",
        )


def _within(deadline: float, work: Callable[[], bytes]) -> bytes:
    """Run ``work`` for at most ``deadline`` seconds: the library's requests have no time limit."""
    outcome: list[bytes | BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # noqa: BLE001  # raised again below, in the caller's thread
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(deadline)
    if not outcome:
        raise FetchError("SIGNING_UNAVAILABLE", f"no signature within {deadline:g} seconds")
    result = outcome[0]
    if isinstance(result, BaseException):
        raise result
    return result


def _unavailable(error: Exception) -> AttestError:
    return FetchError("SIGNING_UNAVAILABLE", f"{type(error).__name__}: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
