"""Who may say what (``evidence.accept``); anything else is refused with SIGNER_ROLE."""

from __future__ import annotations

from attest.model.material import Kind, Material, Problem
from attest.plan import AcceptRule, Selector


def meets(selector: Selector, material: Material) -> bool:
    """Tell whether ``material`` is all that ``selector`` says: for rules that grant something."""
    return (
        (not selector.kinds or material.kind in selector.kinds)
        and (not selector.predicate_types or material.predicate_type in selector.predicate_types)
        and (not selector.names or material.name in selector.names)
    )


def selects(selector: Selector, material: Material) -> bool:
    """Tell whether ``selector`` picks ``material`` out: for rules that demand a judgement.

    Kinds and predicate types are alternatives; a name narrows them and is taken from signed content
    alone.
    """
    if selector.names and material.name not in selector.names:
        return False
    if not selector.targeted:
        return True
    return material.kind in selector.kinds or material.predicate_type in selector.predicate_types


def names_it(selector: Selector, material: Material) -> bool:
    """Tell whether ``selector`` names the kind or predicate type of ``material`` outright."""
    return selector.targeted and selects(selector, material)


def admitted(material: Material, rules: tuple[AcceptRule, ...]) -> tuple[str, ...]:
    """Return the signers of the plan who may say what ``material`` says, sorted."""
    matching = [rule for rule in rules if meets(rule.selector, material)]
    return tuple(sorted({name for rule in matching for name in rule.signed_by}))


def role_problem(material: Material, rules: tuple[AcceptRule, ...]) -> Problem | None:
    """Return why the plan does not let the signers of ``material`` say this, or ``None``."""
    signers = {signer.name for signer in material.verified.signers}
    allowed = admitted(material, rules)
    if signers.intersection(allowed):
        return None
    what = material.predicate_type if material.kind is Kind.UNKNOWN else material.kind
    who = ", ".join(sorted(signers)) or "nobody"
    message = f"{what} must be signed by {' or '.join(allowed)}; it is signed by {who}"
    if not allowed:
        message = f"no rule of evidence.accept admits {what}; it is signed by {who}"
    return Problem.of("SIGNER_ROLE", message)
