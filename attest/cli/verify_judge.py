"""What ``attest verify`` asks of each statement that verifies, besides its signature."""

from __future__ import annotations

from collections.abc import Callable

from attest.aggregate.expect import meet
from attest.decode import decode
from attest.errors import VerificationError
from attest.model import strict_json
from attest.model.digest import NAMES
from attest.model.expectation import Expectation
from attest.model.trust import Step
from attest.verification import Checked
from attest.verify.builders import demand_own_key
from attest.verify.npm import SIGNERS


def judges(
    expected: Expectation, key_id: str | None
) -> tuple[Callable[[Checked], tuple[Step, ...]], ...]:
    """Return what is asked of every signature that verifies."""

    def judge(one: Checked) -> tuple[Step, ...]:
        """The registry's own attestation is not the one that provenance is expected of."""
        if all(signer.name in SIGNERS for signer in one.verified.signers):
            return ()
        material = decode(one.verified, also=NAMES)
        if one.statement is not None:
            names = [signer.name for signer in one.verified.signers]
            demand_own_key(names, one.statement.predicate_type)
        return meet(expected, material)

    def identify(one: Checked) -> tuple[Step, ...]:
        seen = _key_ids(one.verified.artifact.content)
        if key_id not in seen:
            shown = ", ".join(map(repr, seen)) or "none"
            raise VerificationError(
                "KEY_ID_MISMATCH", f"expected key id {key_id!r}; seen {shown:.300}"
            )
        return (Step("key id", f"{key_id}, which is a hint", f"{key_id}"),)

    asked = [judge] if expected != Expectation() else []
    return (*asked, identify) if key_id is not None else tuple(asked)


def _key_ids(content: bytes) -> list[str]:
    """Return the key ids of an envelope, bare or in a bundle (DSSE envelope.md); none elsewhere."""
    try:
        document = strict_json.parse(content)
    except ValueError:  # a detached signature, say
        return []
    envelope = document.get("dsseEnvelope", document) if isinstance(document, dict) else {}
    listed = envelope.get("signatures") if isinstance(envelope, dict) else None
    signatures = listed if isinstance(listed, list) else []
    named = [one.get("keyid") for one in signatures if isinstance(one, dict)]
    return [one for one in named if isinstance(one, str)]
