"""What the gate reasons about: targets, pieces of evidence, tasks and judgements."""

from __future__ import annotations

from attest.errors import AttestError
from attest.model.artifact import Artifact
from attest.model.digest import Digest
from attest.model.frozen import frozen
from attest.model.material import Material, Problem
from attest.model.trust import Verified
from attest.model.verdict import Decision


@frozen
class Target:
    """An artifact to decide about. It has one digest for each algorithm that was computed."""

    name: str
    digests: tuple[Digest, ...]


@frozen
class Piece:
    """One file or attachment that was looked at.

    ``material`` is set when it was verified and decoded; ``verified`` alone when it did not decode.
    ``problem`` says why it does not count. ``claimed`` is the kind or predicate type it claims to
    be and ``claimed_type`` its predicate type, trusting nothing. ``beside`` names the one target
    that it was discovered beside. ``blocks`` tells whether its refusal blocks. ``about`` names the
    targets that the plan binds a document to; ``None`` when the statement's own subjects decide.
    """

    id: str
    artifact: Artifact
    material: Material | None = None
    verified: Verified | None = None
    problem: Problem | None = None
    claimed: str | None = None
    claimed_type: str | None = None
    beside: str | None = None
    blocks: bool = True
    about: frozenset[str] | None = None

    @property
    def accepted(self) -> bool:
        """Whether this piece may be judged and may meet requirements."""
        return self.material is not None and self.problem is None

    def relates_to(self, target: Target) -> bool:
        """Rule 1, binding: by the statement's subjects; where it has none, by the plan."""
        if self.material is None:
            return False
        if self.material.subjects or self.about is None:
            return any(subject.names(target.digests) for subject in self.material.subjects)
        return target.name in self.about


@frozen
class Task:
    """One question to one policy about a target.

    ``selected`` says that plan or policy asked for this material by kind or predicate type, so that
    it must be decided. ``combined`` is ``inputs: all``: one evaluation over all the pieces.
    """

    target: Target
    pieces: tuple[Piece, ...]
    selected: bool
    combined: bool = False


@frozen
class Judgement:
    """What a policy decided about a task, before ``on_skip``, ``enforce`` and ``fail_on``."""

    policy_id: str
    task: Task
    decision: Decision


def problem_of(error: AttestError) -> Problem:
    """Keep of an exception what the report shows."""
    return Problem(error.code, error.message, error.hint)
