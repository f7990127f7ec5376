"""The in-toto-attestation package as a second opinion on shape; the only importer of it.

Our own strict parse comes first and decides. The package then has to agree: it reads the same
statement through the specification's protobuf definitions. Its documents are thrown away, since it
turns integers into floats; policies only ever see the signed bytes.
"""

from __future__ import annotations

from typing import Any

from attest.decode.statement import V1, Statement
from attest.errors import DecodeError

PROVENANCE_V1 = "https://slsa.dev/provenance/v1"
TEST_RESULT_V01 = "https://in-toto.io/attestation/test-result/v0.1"


def check(statement: Statement) -> None:
    """Raise `DecodeError` (STATEMENT_SHAPE) when the package disagrees that this is well formed.

    The package knows Statement v1 alone; others are not asked about. It demands a predicate with at
    least one member, where the specification makes it optional: a placeholder stands in for it,
    which also spares copying a large one.
    """
    if statement.type != V1:
        return
    try:
        _validate(statement)
        _validate_predicate(statement)
    except Exception as error:  # noqa: BLE001  # whatever the package raises means: it disagrees
        text = " ".join(str(error).split())[:300]
        raise DecodeError(
            "STATEMENT_SHAPE", f"in-toto-attestation refuses the statement: {text}"
        ) from None


def _validate(statement: Statement) -> None:
    from google.protobuf import json_format
    from in_toto_attestation.v1 import statement_pb2
    from in_toto_attestation.v1.statement import Statement as PackageStatement

    document = statement.document | {"predicate": {"placeholder": True}}
    message = json_format.ParseDict(document, statement_pb2.Statement(), ignore_unknown_fields=True)
    PackageStatement.copy_from_pb(message).validate()


def _validate_predicate(statement: Statement) -> None:
    from google.protobuf import json_format

    message = _predicate_message(statement.predicate_type)
    if message is not None:
        json_format.ParseDict(statement.predicate or {}, message, ignore_unknown_fields=True)


def _predicate_message(predicate_type: str) -> Any:
    if predicate_type == PROVENANCE_V1:
        from in_toto_attestation.predicates.provenance.v1 import provenance_pb2

        return provenance_pb2.Provenance()
    if predicate_type == TEST_RESULT_V01:
        from in_toto_attestation.predicates.test_result.v0 import test_result_pb2

        return test_result_pb2.TestResult()
    return None
