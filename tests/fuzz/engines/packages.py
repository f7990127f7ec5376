"""Damaged declarations and bundles: policies, or a refusal."""

from __future__ import annotations

import gzip
import io
import tarfile
from random import Random

from attest.decode.policies import policies_from
from attest.decode.policies.archive import read_archive
from attest.errors import DecodeError, EngineError
from attest.evaluate.detect import detect
from attest.model.policy import Claims, File
from tests.evaluate.hostile.frames import CLEAN
from tests.fuzz.runner import mutate

_DECLARATION = b"""apiVersion: workflowcontract.chainloop.dev/v1
kind: Policy
metadata:
  name: p
  description: "d"
  annotations: {category: x}
spec:
  inputs:
    - {name: level, required: true, description: d}
    - name: other
      default: "a,b"
  policies:
    - kind: SARIF
      path: p.rego
    - kind: SBOM_CYCLONEDX_JSON
      embedded: |
        package e

        deny contains "x"
"""
_GROUP = b"""apiVersion: workflowcontract.chainloop.dev/v1
kind: PolicyGroup
metadata:
  name: g
spec:
  policies:
    materials:
      - type: SARIF
        name: s
        policies:
          - ref: file://policy.yaml
            with: {level: high}
    attestation:
      - ref: file://policy.yaml
"""
_YAML = tuple(
    one.encode()
    for one in (
        *("&a ", "*a", "<<: *a", "!!python/object:os.system ", "!!binary ", "? ", "- ", ": ", "\t"),
        *(
            "|",
            ">",
            "'",
            '"',
            "{",
            "}",
            "[",
            "]",
            "#",
            "---\n",
            "...\n",
            "%YAML 1.1\n",
            "null",
            "~",
        ),
        *(
            "yes",
            "on",
            "0x1",
            "1e9",
            "name: x\n",
            "kind: PolicyGroup\n",
            "ref: ../../x",
            "path: /x",
        ),
        *("\0", "\ufeff", "\u2028", "[" * 200, "&a [*a]", "embedded: ", "ref: file://p.rego", "\r"),
    )
)
_REGO = b'package p\n\nresult := {"skipped": false, "violations": ["no"]}\n'


def declaration(random: Random) -> str:
    """Read a damaged declaration of Chainloop's beside what it names."""
    first, second = _DECLARATION, _GROUP
    if random.random() < 0.6:
        first = mutate(first, random, _YAML)
    else:
        second = mutate(second, random, _YAML)
    files = [File("policy.yaml", first), File("p.rego", _REGO)]
    if random.random() < 0.7:
        files.append(File("group.yaml", second))
    return _policies(tuple(files))


def _policies(files: tuple[File, ...]) -> str:
    try:
        found = policies_from(files, Claims())
    except DecodeError as error:
        return error.code
    assert found
    for one in found:
        assert one.code, one.name
        try:
            detect(one)
        except EngineError as error:
            return error.code
    return f"{len(found)} policies"


def _bundle() -> bytes:
    """Return a bundle as ``opa build`` packs it, not compressed."""
    manifest = (
        b'{"revision":"r1","roots":[""],"rego_version":1,"metadata":{"n":1},'
        b'"wasm":[{"entrypoint":"p/result","module":"/policy.wasm"}]}'
    )
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in {
            "/data.json": b'{"lists": {"known": ["CVE-1"]}}',
            "/p/policy.rego": _REGO,
            "/policy.wasm": CLEAN["opa"],
            "/.manifest": manifest,
        }.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


_BUNDLE = _bundle()
_TAR = (
    *(b"/policy.wasm", b"/.manifest", b"../../x", b"/data.json", b"\0" * 512, b"ustar\x0000"),
    *(b"777777777777", b"\x80\0\0\0\0\0\0\xff", b"1", b"2", b"x", b"L", b"K", b"20 path=../x\n"),
    *(b'"wasm":[]', b'"rego_version":0', b'"roots":["a"]', b".signatures.json", b"p/policy.rego"),
)


def bundle(random: Random) -> str:
    """Read a damaged OPA bundle, damaged before or after it was compressed."""
    if random.random() < 0.7:
        packed = gzip.compress(mutate(_BUNDLE, random, _TAR), 1, mtime=0)
    else:
        packed = mutate(gzip.compress(_BUNDLE, 1, mtime=0), random, _TAR)
    try:
        files = read_archive(packed)
    except DecodeError as error:
        return error.code
    return _policies(files)
