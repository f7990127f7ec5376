"""``spec.capabilities`` of a policy.yaml, attest's own addition: what the policy asks for.

It grants nothing; a policy that declares is held to what it declares.
"""

from __future__ import annotations

from attest.decode.policies.fields import Fields
from attest.decode.shape import Shape
from attest.model.capability import FUNCTIONS, METHODS, Capabilities, HttpGrant, host_of


def capabilities(place: Shape) -> Capabilities | None:
    """Read what stands at ``place``; ``None`` where nothing does.

    Raises `DecodeError` (POLICY_INVALID).
    """
    if place.value is None:
        return None
    fields = Fields.of(place.value, place.pointer, ("http", "functions"))
    names = [_one_of(one, FUNCTIONS) for one in fields.at("functions").items()]
    return Capabilities(tuple(_http(one) for one in fields.at("http").items()), tuple(names))


def _http(place: Shape) -> HttpGrant:
    fields = Fields.of(place.value, place.pointer, ("host", "methods"))
    try:
        host, plain = host_of(fields.at("host").text())
    except ValueError:
        raise fields.at("host").refuse("one host, such as www.cisa.gov") from None
    methods = tuple(_one_of(one, METHODS) for one in fields.at("methods").items())
    return HttpGrant(host, methods or ("GET",), plain=plain)


def _one_of(place: Shape, words: tuple[str, ...]) -> str:
    word = place.text()
    if word not in words:
        raise place.refuse(" or ".join(words))
    return word
