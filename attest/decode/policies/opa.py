"""OPA's bundle manifest, ``/.manifest`` (openpolicyagent.org/docs/management-bundles)."""

from __future__ import annotations

from collections.abc import Sequence

from attest.decode.policies.paths import safe
from attest.decode.shape import Shape
from attest.errors import DecodeError
from attest.model import strict_json
from attest.model.frozen import frozen
from attest.model.policy import File

PATH = ".manifest"
SIGNATURES = ".signatures.json"
"""OPA's own bundle signature: proof besides the pin and ``signed_by``, never instead of them."""

DATA_NAMES = frozenset({"data.json", "data.yaml", "data.yml"})
"""In a bundle with a manifest OPA reads data from files of these names alone."""

_CODE = "POLICY_BUNDLE_MALFORMED"
_ABI_EXPORT = b"opa_eval_ctx_new"


@frozen
class Manifest:
    """What a bundle says of itself. ``entrypoints`` maps a Wasm module's path to its rules."""

    present: bool = False
    name: str | None = None
    revision: str | None = None
    v0: bool = False
    entrypoints: tuple[tuple[str, str], ...] = ()

    def of(self, module: str) -> tuple[str, ...]:
        """Return the entrypoints of the module at this path."""
        return tuple(entry for path, entry in self.entrypoints if path == module)


def is_compiled(file: File, manifest: Manifest) -> bool:
    """Tell whether a Wasm module is one that OPA compiles from Rego.

    By the manifest, or by an export of OPA's ABI; which engine runs it is for its code to say.
    """
    return bool(manifest.of(file.path)) or _ABI_EXPORT in file.content


def read(files: Sequence[File]) -> Manifest:
    """Return the manifest of the bundle, or an empty one; raise `DecodeError` when malformed."""
    found = next((file for file in files if file.path == PATH), None)
    if found is None:
        return Manifest()
    try:
        manifest = Shape(strict_json.parse(found.content), _CODE).object()
    except ValueError as error:
        raise DecodeError(_CODE, f"{PATH} is not strict JSON: {error}", where=PATH) from None
    metadata = manifest.at("metadata")
    name = metadata.object().at("name").value if metadata.value is not None else None
    revision = manifest.at("revision").value
    return Manifest(
        present=True,
        name=name if isinstance(name, str) and name else None,
        revision=revision if isinstance(revision, str) and revision else None,
        v0=_is_v0(manifest),
        entrypoints=tuple(_entrypoint(entry) for entry in manifest.at("wasm").items()),
    )


def _is_v0(manifest: Shape) -> bool:
    version = manifest.at("rego_version")
    if version.value is not None and (
        type(version.value) is not int or version.value not in (0, 1)
    ):
        raise version.refuse("0 or 1")
    per_file = manifest.at("file_rego_versions")
    if per_file.value:
        whole = 1 if version.value is None else version.value
        if set(map(str, per_file.object().value.values())) != {str(whole)}:
            raise DecodeError(
                "POLICY_UNSUPPORTED", "one bundle, one version of Rego: file_rego_versions differ"
            )
    return bool(version.value == 0)


def _entrypoint(entry: Shape) -> tuple[str, str]:
    module = safe(entry.object().at("module").text())
    return module, entry.at("entrypoint").text()
