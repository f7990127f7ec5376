"""Sources of evidence that are asked through an API: code forges and package registries."""

from __future__ import annotations

from attest.config.context import Loading
from attest.config.network import variable
from attest.config.nodes import Mapping, Node, Table, boolean, choice, line, refusal
from attest.errors import FetchError
from attest.fetch.apis.place import FORMS, Place
from attest.fetch.urls import Url
from attest.model.artifact import Reference
from attest.plan import EvidenceSource

_PUBLIC = {"github": "https://api.github.com", "pypi": "https://pypi.org"}
_OWN_KEYS = ("api", "insecure", "token_env")


def source(node: Node, loading: Loading) -> EvidenceSource | None:
    """Read a source with an API; ``None`` for one of another kind.

    Strangers may write to such a place: what is refused there is listed, unless the plan says
    otherwise.
    """
    if not isinstance(node, Mapping):
        place = _place(node)
        return None if place is None else EvidenceSource(place, "warn", _public(place.scheme))
    table = Table(node, "source")
    place = _place(table.need("source"))
    if place is None:
        for key in _OWN_KEYS:
            if (stray := table.get(key)) is not None:
                forms = ", ".join(FORMS.values())
                raise refusal(stray, "CONFIG_VALUE", f"only a source such as {forms} takes {key!r}")
        return None
    refused = table.get("on_refused")
    word = "warn" if refused is None else choice(refused, ("fail", "warn"))
    api = _api(table, place.scheme, loading)
    token = table.get("token_env")
    return EvidenceSource(place, word, api, "" if token is None else variable(token))


def _public(scheme: str) -> str:
    """Return where each kind is asked when the plan does not say."""
    if scheme == "npm":
        from attest.verify.npm import REGISTRY

        return REGISTRY
    return _PUBLIC[scheme]


def _place(node: Node) -> Reference | None:
    scheme, colon, locator = line(node).partition(":")
    if not colon or scheme not in FORMS:
        return None
    try:
        Place.parse(scheme, locator)
    except FetchError as error:
        raise refusal(node, "CONFIG_VALUE", error.message) from None
    return Reference(scheme, locator)


def _api(table: Table, scheme: str, loading: Loading) -> str:
    """Read the API's base URL: HTTPS, or with ``insecure`` plain HTTP to this machine."""
    node, given = table.get("api"), table.get("insecure")
    insecure = given is not None and boolean(given)
    if node is None:
        if insecure:
            problem = "'insecure' is for an `api` of http://"
            raise refusal(table.need("insecure"), "CONFIG_VALUE", problem)
        return _public(scheme)
    base = line(node)
    try:
        url = Url.parse(base)
    except ValueError as error:
        raise refusal(node, "CONFIG_VALUE", str(error)) from None
    if "?" in url.target:
        raise refusal(node, "CONFIG_VALUE", "the URL of an API has no query")
    if (url.scheme == "http") != insecure:
        problem = "plain HTTP needs `insecure: true`" if not insecure else "insecure, but HTTPS"
        raise refusal(node, "CONFIG_VALUE", problem)
    if insecure:
        loading.weaken(node, "plain HTTP", f"{url.host} is asked for evidence without TLS")
    return base
