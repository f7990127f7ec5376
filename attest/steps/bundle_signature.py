"""The signature that OPA puts into a bundle: further proof where the plan has a key for it."""

from __future__ import annotations

from dataclasses import replace

from attest.decode.policies import signatures
from attest.errors import DecodeError
from attest.model.policy import PolicyBundle
from attest.model.trust import Step
from attest.plan import OpaSignature
from attest.verify.jws import verify
from attest.verify.keys import BadSignatureError, load_key

_CHECK = "OPA bundle signature"


def countersigned(bundle: PolicyBundle, asked: OpaSignature | None) -> PolicyBundle:
    """Return ``bundle`` with what its own ``.signatures.json`` proves among its steps.

    Without a key in the plan such a file proves nothing, and only is listed. Raise
    OPA_SIGNATURE_MISSING or OPA_SIGNATURE_INVALID.
    """
    if asked is None:
        if not any(file.path == signatures.PATH for file in bundle.files):
            return bundle
        return _with(bundle, Step(_CHECK, "no key in the plan", "there is one: not trusted"))
    token = signatures.token(bundle.files)
    if token is None:
        message = f"expected {signatures.PATH} in the bundle; there is none"
        raise DecodeError("OPA_SIGNATURE_MISSING", message, where=str(bundle.source))
    key = load_key(asked.pem)
    try:
        algorithm, payload = verify(token, key)
        count = signatures.check(payload, bundle.files, asked.scope)
    except BadSignatureError as error:
        message = f"{signatures.PATH}: {error}"
        raise DecodeError("OPA_SIGNATURE_INVALID", message, where=str(bundle.source)) from None
    except DecodeError as error:
        error.where = str(bundle.source)
        raise
    return _with(bundle, Step(_CHECK, f"by key {key}", f"{algorithm} over {count} files"))


def _with(bundle: PolicyBundle, step: Step) -> PolicyBundle:
    return replace(bundle, met=(*bundle.met, step))
