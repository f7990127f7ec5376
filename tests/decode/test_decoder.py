"""From a verified payload to a material: which bytes a policy sees, and what is refused."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.decode import FORMATS, decode
from attest.errors import DecodeError
from attest.model.digest import Digest
from attest.model.material import Kind, Subject
from attest.model.trust import Method
from attest.reasons import REASONS
from tests.decode.making import (
    CYCLONEDX,
    SARIF_TYPE,
    SHA256,
    SPDX,
    UNKNOWN_TYPE,
    refused,
    sarif,
    sarif_run,
    signed,
    statement,
    to_json,
    verified,
)
from tests.summaries import OLDER, OLDER_SVR, SVR, VSA, older, svr, vsa

LOG = sarif(sarif_run())
PROVENANCE = {
    "buildDefinition": {"buildType": "https://example.org/b", "externalParameters": {}},
    "runDetails": {"builder": {"id": "https://example.org/builder"}},
}
PROVENANCE_V02 = {"buildType": "https://example.org/b", "builder": {"id": "https://example.org/x"}}
PROVENANCE_V01 = {"recipe": {"type": "x"}, "builder": {"id": "https://example.org/x"}}
TESTS = {"result": "PASSED", "configuration": [{"name": "ci"}]}
WAIVER = {"policy": "p", "rule": "r", "reason": "because", "expires": "2026-06-01T00:00:00Z"}

SAMPLES = [
    (SARIF_TYPE, LOG, Kind.SARIF, True),
    ("http://docs.oasis-open.org/sarif/sarif/2.1.0", LOG, Kind.SARIF, True),
    (SARIF_TYPE + "/errata01/os/schemas/sarif-schema-2.1.0.json", LOG, Kind.SARIF, True),
    ("https://cyclonedx.org/bom", CYCLONEDX, Kind.SBOM_CYCLONEDX_JSON, True),
    ("https://cyclonedx.org/bom/v1.6", CYCLONEDX, Kind.SBOM_CYCLONEDX_JSON, True),
    ("https://spdx.dev/Document", SPDX, Kind.SBOM_SPDX_JSON, True),
    ("https://spdx.dev/Document/v2.3", SPDX, Kind.SBOM_SPDX_JSON, True),
    ("https://slsa.dev/provenance/v1", PROVENANCE, Kind.SLSA_PROVENANCE, False),
    ("https://slsa.dev/provenance/v0.2", PROVENANCE_V02, Kind.SLSA_PROVENANCE, False),
    ("https://slsa.dev/provenance/v0.1", PROVENANCE_V01, Kind.SLSA_PROVENANCE, False),
    (VSA, vsa(), Kind.VSA, False),
    (OLDER, older(), Kind.VSA, False),
    (SVR, svr(), Kind.SVR, False),
    (OLDER_SVR, svr(), Kind.SVR, False),
    ("https://in-toto.io/attestation/test-result/v0.1", TESTS, Kind.TEST_RESULT, False),
    ("https://attest.dev/waiver/v1", WAIVER, Kind.WAIVER, False),
    (UNKNOWN_TYPE, {"a": 1}, Kind.UNKNOWN, False),
    ("https://slsa.dev/provenance/v10", {"a": 1}, Kind.UNKNOWN, False),
]


@pytest.mark.parametrize(("predicate_type", "predicate", "kind", "alone"), SAMPLES)
def test_kind_and_document_follow_the_predicate_type(
    predicate_type: str,
    predicate: dict[str, Any],
    kind: Kind,
    alone: bool,  # noqa: FBT001  # a column of the table
) -> None:
    given_ = signed(predicate, predicate_type)
    material = decode(given_)
    assert material.kind is kind
    assert material.predicate_type == predicate_type
    assert material.document == (to_json(predicate) if alone else given_.payload)
    assert material.subjects == (Subject("app.tar.gz", (Digest("sha256", SHA256),)),)
    assert material.verified is given_


def test_every_registered_format_has_a_sample() -> None:
    seen = [kind for _, _, kind, _ in SAMPLES]
    assert {known.kind for known in FORMATS} <= set(seen)
    for known in FORMATS:
        assert any(known.claims(predicate_type) for predicate_type, *_ in SAMPLES)


@pytest.mark.parametrize(
    "payload_type",
    ["application/json", "application/vnd.in-toto", "", "application/vnd.in-toto+json; x=1", "x\n"],
)
def test_an_envelope_of_another_type_is_refused(payload_type: str) -> None:
    envelope = verified(to_json(statement({})), payload_type=payload_type)
    assert refused("PAYLOAD_TYPE", decode, envelope).where == "evidence.json"


def test_the_predicate_form_of_the_payload_type_is_read() -> None:
    envelope = verified(to_json(statement({})), payload_type="application/vnd.in-toto.x+json")
    assert decode(envelope).kind is Kind.UNKNOWN


def test_a_predicate_that_is_not_what_its_type_says_is_refused() -> None:
    refused("SARIF_INVALID", decode, signed({"version": "2.1.0"}, SARIF_TYPE))
    refused("SARIF_INVALID", decode, signed(None, SARIF_TYPE))
    refused("WAIVER_INVALID", decode, signed({}, "https://attest.dev/waiver/v1"))


def test_a_message_signature_is_evidence_about_what_it_signs() -> None:
    message = verified(b"\x00 any bytes", Method.MESSAGE, "application/octet-stream")
    material = decode(message)
    assert material.kind is Kind.SIGNATURE
    assert material.subjects == (Subject(None, (message.signed,)),)
    assert material.document == b"null"


def test_a_pin_alone_says_not_what_it_pins() -> None:
    refused("KIND_UNDECLARED", decode, verified(to_json(LOG), Method.PIN))


@pytest.mark.parametrize("method", [Method.PIN, Method.MESSAGE])
@pytest.mark.parametrize(
    ("kind", "document"),
    [
        (Kind.SARIF, LOG),
        (Kind.SBOM_CYCLONEDX_JSON, CYCLONEDX),
        (Kind.SBOM_SPDX_JSON, SPDX),
        (Kind.UNKNOWN, {"any": "thing"}),
    ],
)
def test_a_declared_document_is_read_as_it_is(
    method: Method, kind: Kind, document: dict[str, Any]
) -> None:
    material = decode(verified(to_json(document), method), declared=kind)
    assert (material.kind, material.subjects, material.predicate_type) == (kind, (), None)
    assert material.document == to_json(document)


def test_signed_and_bare_documents_look_the_same_to_a_policy() -> None:
    bare = decode(verified(to_json(LOG), Method.PIN), declared=Kind.SARIF)
    assert decode(signed(LOG, SARIF_TYPE)).document == bare.document


@pytest.mark.parametrize(
    ("declared", "document"),
    [
        (Kind.SARIF, CYCLONEDX),
        (Kind.SBOM_SPDX_JSON, LOG),
        (Kind.SBOM_CYCLONEDX_JSON, SPDX),
        (Kind.SLSA_PROVENANCE, statement(PROVENANCE, "https://slsa.dev/provenance/v1")),
        (Kind.SIGNATURE, {}),
    ],
)
def test_a_document_of_another_kind_is_refused(declared: Kind, document: dict[str, Any]) -> None:
    pinned = verified(to_json(document), Method.PIN)
    refused("KIND_MISMATCH", decode, pinned, declared=declared)


def test_a_document_must_be_sound_json_of_its_kind() -> None:
    refused("SARIF_INVALID", decode, verified(b"[]", Method.PIN), declared=Kind.SARIF)
    refused("JSON_INVALID", decode, verified(b"{", Method.PIN), declared=Kind.UNKNOWN)
    refused("JSON_INVALID", decode, verified(b"", Method.MESSAGE), declared=Kind.SARIF)


def test_a_declared_statement_must_be_of_that_kind() -> None:
    log = signed(LOG, SARIF_TYPE)
    assert decode(log, declared=Kind.SARIF).subjects
    refused("KIND_MISMATCH", decode, log, declared=Kind.SBOM_SPDX_JSON)


def test_refusals_of_evidence_leave_with_four_and_of_unsound_scans_with_three() -> None:
    assert REASONS["SARIF_INVALID"].exit_code == 4
    assert REASONS["SARIF_NO_RESULTS"].exit_code == 3
    assert REASONS["POLICY_INVALID"].exit_code == 6


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "runs",
                    "version",
                    "tool",
                    "driver",
                    "name",
                    "results",
                    "bomFormat",
                    "specVersion",
                    "components",
                    "type",
                    "spdxVersion",
                    "SPDXID",
                    "packages",
                    "creationInfo",
                    "buildDefinition",
                    "runDetails",
                    "builder",
                    "id",
                    "result",
                    "configuration",
                    "policy",
                    "rule",
                    "finding",
                    "expires",
                    "metadata",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.sampled_from([sample[0] for sample in SAMPLES]), JSON_VALUES)
def test_any_predicate_is_read_or_refused(predicate_type: str, predicate: Any) -> None:
    with contextlib.suppress(DecodeError):
        decode(signed(predicate, predicate_type))


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.sampled_from(list(Kind)), JSON_VALUES)
def test_any_document_is_read_or_refused(kind: Kind, document: Any) -> None:
    with contextlib.suppress(DecodeError):
        decode(verified(to_json(document), Method.PIN), declared=kind)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.data())
def test_a_member_of_any_other_type_is_read_or_refused(data: st.DataObject) -> None:
    """Replace one value anywhere in a valid predicate: the answer is never a crash."""
    predicate_type, predicate, *_ = data.draw(st.sampled_from(SAMPLES))
    changed = _changed(data, predicate)
    with contextlib.suppress(DecodeError):
        decode(signed(changed, predicate_type))


def _changed(data: st.DataObject, value: Any) -> Any:
    if isinstance(value, dict) and value and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(value)))
        return value | {key: _changed(data, value[key])}
    if isinstance(value, list) and value and data.draw(st.booleans()):
        return [_changed(data, value[0]), *value[1:]]
    return data.draw(JSON_VALUES)
