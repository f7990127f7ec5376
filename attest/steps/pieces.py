"""One file or attachment as evidence: verified, decoded and given its role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from attest.aggregate.accept import role_problem
from attest.aggregate.types import Piece, problem_of
from attest.decode import Recognised, decode, recognise
from attest.errors import AttestError
from attest.model.artifact import Artifact, Reference
from attest.model.attachment import Attachment, Form
from attest.model.digest import Digest
from attest.model.frozen import frozen
from attest.model.material import Kind, Problem
from attest.model.trust import Method
from attest.plan import AcceptRule
from attest.verify import Verifier

_SIGNED = frozenset({"Sigstore bundle", "DSSE envelope"})
_CONTAINERS = _SIGNED | {"in-toto statement", "JSON lines"}
SIGNED_MARKS = (
    b"application/vnd.dev.sigstore.bundle",
    b'"payloadType"',
    b'"base64Signature"',
    b'"verification_material"',
)
"""What signed files contain: most of them need not be looked at twice."""


@frozen
class Context:
    """What judging evidence needs: who may say what, and what is known already.

    ``targets`` are the digests of the ``subjects``; ``documents`` those of the plan's documents.
    ``names`` holds the target that each of the ``targets`` names.
    """

    verifier: Verifier
    accept: tuple[AcceptRule, ...]
    targets: frozenset[Digest]
    documents: frozenset[Digest]
    subjects: tuple[Reference | Digest, ...] = ()
    names: Mapping[Digest, str] = field(default_factory=dict)


def piece_of(
    context: Context, artifact: Artifact, files: Sequence[Artifact], *, blocks: bool
) -> Piece:
    """Verify and decode one file; whatever goes wrong is its problem alone.

    ``files`` are what a message signature may be over, besides what the context knows.
    """
    piece = Piece(str(artifact.reference), artifact, blocks=blocks)
    if not any(mark in artifact.content for mark in SIGNED_MARKS):
        recognised = recognise(artifact.content)
        piece = _claiming(piece, recognised)
        if not _is_evidence(recognised):
            message = f"{recognised.what}, which is not evidence"
            return replace(piece, problem=Problem.of("NOT_EVIDENCE", message), blocks=False)
        if recognised.what not in _SIGNED:
            return replace(piece, problem=_unsigned(recognised))
    return signed_piece(context, piece, Attachment(Form.BUNDLE, artifact), files)


def signed_piece(
    context: Context, piece: Piece, attached: Attachment, files: Sequence[Artifact]
) -> Piece:
    """Verify and decode what is a signature or attestation, in whatever form it came."""
    try:
        known = sorted(context.targets | context.documents)
        verified = context.verifier.attached(attached, [*files, *known])
        piece = replace(piece, verified=verified)
        piece = replace(piece, material=decode(verified))
    except AttestError as error:
        if attached.form is Form.COSIGN_SIGNATURE:
            return replace(piece, problem=problem_of(error), claimed=Kind.SIGNATURE)
        claiming = _claiming(piece, recognise(attached.artifact.content))
        return replace(claiming, problem=problem_of(error))
    return replace(piece, problem=role(context, piece))


def _is_evidence(recognised: Recognised) -> bool:
    """Tell what could be evidence from what cannot. Broken JSON may have been evidence."""
    return recognised.kind is not None or not recognised.valid or recognised.what in _CONTAINERS


def _unsigned(recognised: Recognised) -> Problem:
    if recognised.problem is not None:
        return recognised.problem
    return Problem.of("UNSIGNED", f"{recognised.what} without a signature")


def _claiming(piece: Piece, recognised: Recognised) -> Piece:
    """Note the kind and the predicate type that a file claims, as a requirement names them."""
    predicate_type = dict(recognised.claims).get("predicate_type")
    unknown = recognised.kind is Kind.UNKNOWN
    claimed = predicate_type if unknown else recognised.kind
    return replace(piece, claimed=claimed, claimed_type=predicate_type)


def role(context: Context, piece: Piece) -> Problem | None:
    """Return why the plan does not let the signers of ``piece`` say what it says.

    Rule 1 for message signatures: over the subject, or over a document that the plan names.
    """
    material = piece.material
    if material is None:
        return piece.problem
    if material.verified.method is Method.MESSAGE:
        signed = material.verified.signed
        if signed in context.documents - context.targets:
            return None
        if signed not in context.targets:
            message = f"a good signature over {signed}, which is no subject of this run"
            return Problem.of("NOT_BOUND_TO_SUBJECT", message)
    return role_problem(material, context.accept)
