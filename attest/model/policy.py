"""Policy code and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from attest.model.artifact import Reference
from attest.model.capability import Capabilities
from attest.model.digest import Digest
from attest.model.frozen import frozen
from attest.model.trust import Step, Verified


@frozen
class File:
    """One member of a policy bundle: its path inside the bundle and its bytes.

    ``mount`` is where a data document stands under `data`; empty is the root.
    """

    path: str
    content: bytes = field(repr=False)
    mount: tuple[str, ...] = ()


@frozen
class Input:
    """An argument that a policy declares (Chainloop policy spec, ``spec.inputs``)."""

    name: str
    required: bool = False
    default: str | None = None


@frozen
class Attachment:
    """How a Chainloop ``PolicyGroup`` uses a policy.

    The plan's arguments are for the group's own ``inputs``; ``arguments`` are what the group passes
    on, texts in which placeholders stand for these inputs (`attest.model.arguments`).
    """

    group: str
    inputs: tuple[Input, ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()


@frozen
class Claims:
    """What a bundle says of itself: claims, unless provenance proves them."""

    version: str | None = None
    revision: str | None = None
    author: str | None = None
    created: str | None = None
    description: str | None = None
    expires: str | None = None


@frozen
class Policy:
    """One unit of policy code.

    ``code`` holds the program: one or more Rego modules, or one Wasm module, or both, where the
    module was compiled from the source beside it. ``data`` are documents the program reads.
    ``entrypoints`` are those of a Wasm module by its bundle's manifest. ``chainloop`` says that a
    Chainloop ``policy.yaml`` declares it, so that its input and result follow that contract.
    ``kinds`` are the material kinds it asks for; empty: any.
    ``finding_type`` is the shape that its findings must have (Chainloop, ``finding_type``).
    ``declared`` names the declaration whose scripts answer together: a document is decided when one
    of them decides it. ``attachment`` is set for a policy that a group uses. ``digest`` covers code
    and data. ``capabilities`` are those that it declares; ``None`` says that it declares nothing,
    so that grants alone bound it.
    """

    name: str
    code: tuple[File, ...]
    digest: Digest
    data: tuple[File, ...] = ()
    kinds: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    engine: str | None = None
    entrypoint: str | None = None
    entrypoints: tuple[str, ...] = ()
    v0_compatible: bool = False
    chainloop: bool = False
    finding_type: str | None = None
    declared: str | None = None
    attachment: Attachment | None = None
    claims: Claims = Claims()
    capabilities: Capabilities | None = None


@frozen
class PolicyBundle:
    """A verified set of policies, addressed by the digest of what was fetched.

    ``verified`` is the pin of the fetched bytes; ``signatures`` are those that count besides it.
    ``met`` are the steps by which what is attached is what was expected. ``files`` is all that it
    holds, sorted by path.
    """

    source: Reference
    digest: Digest
    policies: tuple[Policy, ...]
    verified: Verified
    signatures: tuple[Verified, ...] = ()
    claims: Claims = Claims()
    files: tuple[File, ...] = field(default=(), repr=False)
    met: tuple[Step, ...] = ()


Arguments = Mapping[str, str | tuple[str, ...]]
"""What the plan passes to a policy, after splitting (Chainloop's argument rules)."""
