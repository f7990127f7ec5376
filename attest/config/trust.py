"""``trust:`` -> who is believed, by which root, on how much proof."""

from __future__ import annotations

import re

from attest.config.context import Loading, sha256
from attest.config.nodes import (
    MAX_ITEMS,
    Mapping,
    Node,
    Table,
    boolean,
    choice,
    integer,
    items,
    line,
    lines,
    mapping,
    nearest,
    refusal,
    text,
)
from attest.config.patterns import OWNER_CLAIMS, pattern
from attest.config.units import time
from attest.errors import UsageError
from attest.model.frozen import frozen
from attest.model.trust import (
    CERTIFICATE_DEFAULTS,
    GITHUB_DEFAULTS,
    KEY_DEFAULTS,
    CertificateSigner,
    KeySigner,
    Match,
    Require,
    Signer,
    Threshold,
    Trust,
)

MAX_ROOT = 4 << 20
MAX_KEY = 64 << 10
_MOST_PROOFS = 8
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KEY_ONLY = ("key", "valid_from", "valid_until")
_CERTIFICATE_ONLY = ("issuer", "identity", "claims")


@frozen
class Root:
    """A trust root's bytes; ``github`` marks the built-in one of GitHub's own instance."""

    content: bytes
    github: bool = False


def trust(node: Node | None, loading: Loading) -> Trust:
    """Read ``trust:``; a plan without one trusts no signer, only what it pins."""
    if node is None:
        return Trust({}, {})
    table = Table(node, "trust")
    roots = _roots(table.get("roots"), loading)
    signers: dict[str, Signer] = {}
    thresholds: dict[str, Threshold] = {}
    if (given := table.get("signers")) is not None:
        named = _named(given).entries
        if not named:
            raise refusal(given, "TRUST_EMPTY", "no signer is named")
        several = {key: one for key, one in named.items() if _is_threshold(one)}
        single = {key: one for key, one in named.items() if key not in several}
        signers = {key: _signer(key, one, roots, loading) for key, one in single.items()}
        thresholds = {key: _threshold(key, one, signers) for key, one in several.items()}
    revoked = table.get("revoked")
    refused = (
        frozenset(sha256(item) for item in items(revoked)) if revoked is not None else frozenset()
    )
    contents = {name: root.content for name, root in roots.items()}
    return Trust(contents, signers, refused, thresholds)


def signed_by(node: Node, known: Trust) -> tuple[str, ...]:
    """Read a list of signers, any one of whom will do; each must be one of ``known``."""
    found: list[str] = []
    for item in items(node, empty=True):
        name = line(item)
        names = (*known.signers, *known.thresholds)
        if name not in names:
            problem = f"no signer is called {name!r}{nearest(name, names)}"
            raise refusal(item, "SIGNER_UNKNOWN", problem)
        if name in found:
            raise refusal(item, "CONFIG_VALUE", f"{name!r} is listed twice")
        found.append(name)
    if not found:
        raise refusal(node, "TRUST_EMPTY", "the list of signers is empty")
    return tuple(found)


def _named(node: Node) -> Mapping:
    table = mapping(node)
    for key, where in table.keys.items():
        if not _NAME.fullmatch(key):
            raise refusal(where, "CONFIG_VALUE", "a name is letters, digits, dot, dash, underscore")
    return table


def _roots(node: Node | None, loading: Loading) -> dict[str, Root]:
    if node is None:
        return {}
    return {name: _root(name, one, loading) for name, one in _named(node).entries.items()}


def _root(name: str, node: Node, loading: Loading) -> Root:
    from attest.verify.root import parse_root

    table = Table(node, "root")
    builtin = table.one_of("builtin", "path") == "builtin"
    root = _builtin_root(table, loading) if builtin else _pinned_root(table, loading)
    try:
        parse_root(name, root.content)
    except UsageError as error:
        raise refusal(node, error.code, error.message) from None
    return root


def _pinned_root(table: Table, loading: Loading) -> Root:
    return Root(loading.pinned(table, most=MAX_ROOT)[1])


def _builtin_root(table: Table, loading: Loading) -> Root:
    from attest.verify.builtin import BUILTIN_ROOTS, builtin_root

    if (pin := table.get("sha256")) is not None:
        raise refusal(pin, "CONFIG_VALUE", "a built-in root takes no sha256; it is in the report")
    name = choice(table.need("builtin"), BUILTIN_ROOTS)
    content = loading.files.setdefault(f"builtin:{name}", builtin_root(name))
    return Root(content, github=name == "github")


def _is_threshold(node: Node) -> bool:
    return isinstance(node, Mapping) and not {"threshold", "of"}.isdisjoint(node.entries)


def _threshold(name: str, node: Node, signers: dict[str, Signer]) -> Threshold:
    """Read a signer that is several; each of them must be one by itself."""
    table = Table(node, "signer")
    least, listed = table.need("threshold"), table.need("of")
    for key in table.node.entries:
        if key not in {"threshold", "of"}:
            problem = f"a threshold takes no {key!r}; its signers have their own"
            raise refusal(table.need(key), "CONFIG_VALUE", problem)
    of = lines(listed)
    for item, member in zip(items(listed), of, strict=True):
        if member not in signers:
            problem = f"no signer with a key or identity is called {member!r}"
            raise refusal(item, "SIGNER_UNKNOWN", f"{problem}{nearest(member, signers)}")
    count = integer(least, least=1, most=MAX_ITEMS)
    if count > len(of):
        problem = f"{count} of {len(of)} signers can never be met"
        raise refusal(least, "THRESHOLD_MALFORMED", problem)
    return Threshold(name, count, of)


def _signer(name: str, node: Node, roots: dict[str, Root], loading: Loading) -> Signer:
    table = Table(node, "signer")
    kind = table.one_of("key", "identity")
    for key in _CERTIFICATE_ONLY if kind == "key" else _KEY_ONLY:
        if (stray := table.get(key)) is not None:
            raise refusal(stray, "CONFIG_VALUE", f"a signer with {kind!r} takes no {key!r}")
    if kind == "key":
        return _key_signer(name, table, roots, loading)
    return _certificate_signer(name, table, roots, loading)


def _certificate_signer(
    name: str, table: Table, roots: dict[str, Root], loading: Loading
) -> CertificateSigner:
    root = _root_name(table.need("root"), roots)
    github = roots[root].github
    given = table.get("issuer") if github else table.need("issuer")
    claims = _claims(table.get("claims"))
    require = _require(table, GITHUB_DEFAULTS if github else CERTIFICATE_DEFAULTS, loading)
    if not require.tlog and not require.timestamp:
        problem = "a certificate is valid for minutes, so it needs a proven time: tlog or timestamp"
        raise refusal(table.need("require"), "CONFIG_VALUE", problem)
    narrowed = not OWNER_CLAIMS.isdisjoint(claims)
    identity = _match(table.need("identity"), narrowed=narrowed)
    issuer = None if given is None else _match(given, issuer=True)
    return CertificateSigner(name, root, identity, issuer, claims, require)


def _key_signer(name: str, table: Table, roots: dict[str, Root], loading: Loading) -> KeySigner:
    pem = public_key(table.need("key"), loading)
    start, end = table.get("valid_from"), table.get("valid_until")
    valid_from = time(start) if start is not None else None
    valid_until = time(end) if end is not None else None
    if end is not None and valid_from and valid_until and valid_until <= valid_from:
        raise refusal(end, "CONFIG_VALUE", "the key's window ends before it starts")
    given = table.get("root")
    root = _root_name(given, roots) if given is not None else None
    require = _require(table, KEY_DEFAULTS, loading)
    if require.sct:
        raise refusal(
            table.need("require"), "CONFIG_VALUE", "a key has no certificate, hence no sct"
        )
    if require.tlog or require.timestamp:
        table.need("root")
    return KeySigner(name, pem, valid_from, valid_until, root, require)


def public_key(node: Node, loading: Loading) -> bytes:
    """Read a public key, inline or in a pinned file; raise KEY_MALFORMED or KEY_WEAK."""
    from attest.verify.keys import WeakKeyError, load_key

    table = Table(node, "key")
    if table.one_of("pem", "path") == "pem":
        if (pin := table.get("sha256")) is not None:
            raise refusal(pin, "CONFIG_VALUE", "an inline key takes no sha256")
        where = table.need("pem")
        pem = text(where, most=MAX_KEY).encode()
    else:
        where = table.need("path")
        pem = loading.pinned(table, most=MAX_KEY)[1]
    try:
        load_key(pem)
    except ValueError as error:
        code = "KEY_WEAK" if isinstance(error, WeakKeyError) else "KEY_MALFORMED"
        raise refusal(where, code, str(error)) from None
    return pem


def _root_name(node: Node, roots: dict[str, Root]) -> str:
    from attest.verify.builtin import BUILTIN_ROOTS

    name = line(node)
    if name not in roots:
        problem = f"no trust root is called {name!r}{nearest(name, roots)}"
        hint = f"Add `roots: {{{name}: {{builtin: {name}}}}}`." if name in BUILTIN_ROOTS else ""
        raise refusal(node, "ROOT_UNKNOWN", problem, hint=hint)
    return name


def _match(node: Node, *, issuer: bool = False, narrowed: bool = False) -> Match:
    if not isinstance(node, Mapping):
        return Match(line(node))
    given = Table(node, "pattern").need("pattern")
    return pattern(given, issuer=issuer, narrowed=narrowed)


def _claims(node: Node | None) -> dict[str, str]:
    from attest.verify.certificate import CLAIM_NAMES

    if node is None:
        return {}
    table = mapping(node)
    for name, where in table.keys.items():
        if name not in CLAIM_NAMES:
            problem = f"no certificate has such a claim{nearest(name, CLAIM_NAMES)}"
            raise refusal(where, "CLAIM_UNKNOWN", problem)
    return {name: line(value) for name, value in table.entries.items()}


def _require(table: Table, default: Require, loading: Loading) -> Require:
    given = table.get("require")
    if given is None:
        return default
    asked = Table(given, "require")
    tlog, sct, timestamp = asked.get("tlog"), asked.get("sct"), asked.get("timestamp")
    found = Require(
        default.tlog if tlog is None else integer(tlog, least=0, most=_MOST_PROOFS),
        default.sct if sct is None else int(boolean(sct)),
        default.timestamp if timestamp is None else integer(timestamp, least=0, most=_MOST_PROOFS),
    )
    if tlog is not None and found.tlog < default.tlog:
        loading.weaken(tlog, "require.tlog", "signatures need not stand in a transparency log")
    if sct is not None and found.sct < default.sct:
        loading.weaken(sct, "require.sct", "certificates need not stand in a public log")
    if timestamp is not None and found.timestamp < default.timestamp:
        loading.weaken(timestamp, "require.timestamp", "signing times need not be proven")
    return found
