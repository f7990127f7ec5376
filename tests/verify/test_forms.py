"""A file is read as the form that its members show, and as nothing else."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import VerificationError
from attest.testing import edit, sign_envelope
from attest.testing.forms import blob_bundle, pypi_attestation
from attest.verify.forms import read_signatures
from tests.verify.setting import BLOB, BOX, STATEMENT

BUNDLE = BOX.sign_statement(STATEMENT)
FORMS = {
    "Sigstore bundle v0.3": BUNDLE,
    "DSSE envelope": sign_envelope(STATEMENT, BOX.key_pair("k")),
    "cosign blob bundle": blob_bundle(BOX.sign_blob(BLOB)),
    "PEP 740 attestation": pypi_attestation(BUNDLE),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form(form: str) -> None:
    assert [one.form for one in read_signatures(FORMS[form])] == [form]


def test_a_media_type_decides_first() -> None:
    """A bundle that also looks like an envelope is a bundle, whose signature is another."""
    mixed = json.loads(BUNDLE) | json.loads(FORMS["DSSE envelope"])
    assert [one.form for one in read_signatures(json.dumps(mixed).encode())] == [
        "Sigstore bundle v0.3"
    ]


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]", b"1", b"null", b'"text"', b"\xff"])
def test_what_is_no_form(content: bytes) -> None:
    with pytest.raises(VerificationError) as refusal:
        read_signatures(content)
    assert refusal.value.code == "BUNDLE_MALFORMED"


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.sampled_from(sorted(FORMS)), st.data())
def test_noise_raises_nothing_but_refusals(form: str, data: st.DataObject) -> None:
    content = FORMS[form]
    at = data.draw(st.integers(0, len(content)))
    noise = data.draw(st.binary(max_size=8))
    with contextlib.suppress(VerificationError):
        read_signatures(content[:at] + noise + content[at + len(noise) :])


@pytest.mark.parametrize("pointer", ["/verification_material", "/envelope", "/version"])
@pytest.mark.parametrize("value", [None, 0, 2, "1", [], {}])
def test_an_index_attestation_that_is_not_well_formed(pointer: str, value: object) -> None:
    with pytest.raises(VerificationError) as refusal:
        read_signatures(edit(FORMS["PEP 740 attestation"], pointer, value))
    assert refusal.value.code == "BUNDLE_MALFORMED"


def test_cosign_s_bundle_may_be_the_signature_alone() -> None:
    (found,) = read_signatures(b'{"base64Signature":"QUJD"}')
    assert (found.form, found.signature) == ("cosign blob bundle", b"ABC")
