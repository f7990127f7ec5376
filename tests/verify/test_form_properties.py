"""The other forms under noise: no edit yields another payload or signer, or escapes a refusal."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import VerificationError
from attest.model.attachment import Attachment, CosignAnnotations, Form
from attest.signing.bundle import canonical
from attest.testing import BundleKnobs, LogKnobs, sign_envelope
from attest.testing.forms import (
    blob_bundle,
    cosign_parts,
    envelope_layer,
    pypi_attestation,
    simple_signing,
)
from tests.verify.setting import BLOB, BOX, CI, STATEMENT, file, key_signer, verifier
from tests.verify.test_properties import JUNK, places

ALICE, BOB = BOX.key_pair("alice"), BOX.key_pair("bob")
FORMS = (
    sign_envelope(STATEMENT, ALICE, BOB),
    blob_bundle(BOX.sign_blob(BLOB, timestamp=False)),
    blob_bundle(BOX.sign_blob(BLOB, key=ALICE, timestamp=False)),
    pypi_attestation(BOX.sign_statement(STATEMENT)),
)
ASKED = verifier(CI, key_signer(ALICE, "alice"), key_signer(BOB, "bob"))
IMAGE = file(b'{"schemaVersion": 2}')
PAYLOAD = simple_signing(str(IMAGE.digest))
OLD = BOX.sign_statement(STATEMENT, timestamp=False, knobs=BundleKnobs(log=LogKnobs(intoto=True)))
LAYERS = (
    (Form.COSIGN_SIGNATURE, PAYLOAD, cosign_parts(BOX.sign_blob(PAYLOAD))),
    (Form.COSIGN_ATTESTATION, envelope_layer(OLD), cosign_parts(OLD)),
)
Found = tuple[bytes, frozenset[str]]


def _verify(content: bytes) -> Found | None:
    try:
        verified = ASKED.bundle(file(content), [file(BLOB)])
    except VerificationError:
        return None
    return verified.payload, frozenset(one.name for one in verified.signers)


def _attached(form: Form, layer: bytes, parts: CosignAnnotations) -> Found | None:
    try:
        verified = ASKED.attached(Attachment(form, file(layer), parts), [IMAGE])
    except VerificationError:
        return None
    return verified.payload, frozenset(one.name for one in verified.signers)


def _no_more(found: Found | None, whole: Found | None) -> bool:
    """Noise may cost a signature of several; it never adds one or changes what was signed."""
    return found is None or (whole is not None and found[0] == whole[0] and found[1] <= whole[1])


def test_the_forms_are_valid() -> None:
    assert None not in {_verify(one) for one in FORMS}
    assert None not in {_attached(*one) for one in LAYERS}


@given(st.sampled_from(FORMS), st.data())
@settings(derandomize=True, max_examples=300, deadline=None)
def test_any_value_replaced(content: bytes, data: st.DataObject) -> None:
    document: Any = json.loads(content)
    way = data.draw(st.sampled_from(places(document)))
    parent = document
    for step in way[:-1]:
        parent = parent[step]
    parent[way[-1]] = data.draw(JUNK)
    assert _no_more(_verify(canonical(document)), _verify(content))


@given(st.sampled_from(FORMS), st.data())
@settings(derandomize=True, max_examples=200, deadline=None)
def test_any_bytes_replaced(content: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(content) - 1))
    noise = data.draw(st.binary(min_size=1, max_size=4))
    changed = content[:at] + noise + content[at + len(noise) :]
    assert _no_more(_verify(changed), _verify(content))


@given(st.sampled_from(LAYERS), st.data())
@settings(derandomize=True, max_examples=300, deadline=None)
def test_any_part_replaced(
    case: tuple[Form, bytes, CosignAnnotations], data: st.DataObject
) -> None:
    form, layer, parts = case
    texts = asdict(parts)
    names = [name for name, text in texts.items() if text]
    name = data.draw(st.sampled_from([*names, "layer"]))
    old = layer.decode() if name == "layer" else texts[name]
    at = data.draw(st.integers(0, len(old) - 1))
    noise = data.draw(st.text(min_size=0, max_size=4))
    new = old[:at] + noise + old[at + 1 :]
    if name == "layer":
        layer = new.encode("utf-8", "replace")
    else:
        texts[name] = new
    assert _no_more(_attached(form, layer, CosignAnnotations(**texts)), _attached(*case))
