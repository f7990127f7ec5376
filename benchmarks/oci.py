"""Registries: ``python -m benchmarks.oci``. Beside curl and crane, from one docker-registry."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from attest.fetch import Fetcher
from attest.model.artifact import Reference
from attest.model.digest import Digest
from benchmarks import registry
from benchmarks.measure import ATTEST, Command, compare, in_turn, keeps, ratio, show

PULL = SMALL = 1.5
STREAM = 1 / 0.7
STREAM_MEMORY = 80.0
EACH_REFERRER = 15.0
"""Milliseconds of CPU: two requests, a certificate, a log entry and a timestamp."""
FLAT = 1.5
"""Memory of a thousand referrers, beside that of a hundred."""

_FEW, _MANY = 100, 1000
_HUGE = 1 << 30
_WHO = [
    "--certificate-identity",
    "https://github.com/example/app/.github/workflows/release.yml@refs/heads/main",
    "--certificate-oidc-issuer",
    "https://token.actions.githubusercontent.com",
]


def main() -> bool:
    """Print every measurement; return whether every limit is kept."""
    missing = [tool for tool in ("crane", "curl") if not shutil.which(tool)]
    if not registry.installed():
        missing.append("docker-registry")
    if missing:
        print(f"\nRegistries\n  not measured: {', '.join(missing)} not installed")
        return True
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        # What attest keeps of one run must not answer the next.
        os.environ["XDG_CACHE_HOME"] = str(work / "cache")
        maker = [sys.executable, "-m", "benchmarks.oci_content", name, str(_FEW), str(_MANY)]
        subprocess.run(maker, check=True)
        names = json.loads((work / "names.json").read_text())
        with registry.serve(work / "layout", work) as place:
            registry.upload(place.partition("/")[0], work / "huge", names["huge"])
            kept = [_stream(place, names), _referrers(place, names, work)]
            kept += [_policy(place, names), _small(place, names, work)]
    return all(kept)


def _stream(place: str, names: Mapping[str, str]) -> bool:
    ours, peer = "a blob of 1 GiB, hashed", "curl | sha256sum"
    line = [sys.executable, "-m", "benchmarks.oci_stream", place, names["huge"], str(_HUGE)]
    commands = [
        Command(ours, [line]),
        Command(peer, [["sh", "-c", f"curl -sS '{_url(place, names['huge'])}' | sha256sum"]]),
    ]
    samples = compare(commands, runs=3, warmup=1)
    show("A large blob", samples, peer)
    kept = keeps("1 GiB", ratio(samples[ours], samples[peer]), STREAM)
    return keeps("memory", samples[ours].peak, STREAM_MEMORY, " MiB") and kept


def _referrers(place: str, names: Mapping[str, str], work: Path) -> bool:
    commands = [
        Command(
            f"{count} referrers",
            [
                [
                    *(ATTEST, "verify", "--trusted-root", str(work / "root.json"), *_WHO),
                    f"oci:{place}@{names[f'attested-{count}']}",
                ]
            ],
            lambda: shutil.rmtree(work / "cache", ignore_errors=True),
        )
        for count in (_FEW, _MANY)
    ]
    samples = compare(commands, runs=1, warmup=0)
    few, many = samples.values()
    show("Referrers, found and verified", samples, f"{_FEW} referrers")
    spent = statistics.median(many.cpu) - statistics.median(few.cpu)
    kept = keeps("CPU of one more", spent * 1e3 / (_MANY - _FEW), EACH_REFERRER, " ms")
    return keeps("memory of many", many.peak / few.peak, FLAT) and kept


def _policy(place: str, names: Mapping[str, str]) -> bool:
    line = ["curl", "-sS", "-o", os.devnull, _url(place, names["blob"])]
    ours, peer = in_turn(
        lambda: _pull(place, names["policy"]),
        lambda: subprocess.run(line, check=True),
        runs=15,
        warmup=3,
    )
    print(f"\nA policy of 5 MB, pulled in-process\n  attest {ours:.1f} ms, curl {peer:.1f} ms")
    return keeps("5 MB", ours / peer, PULL)


def _small(place: str, names: Mapping[str, str], work: Path) -> bool:
    pulled = work / "pulled"

    def crane() -> None:
        shutil.rmtree(pulled, ignore_errors=True)
        line = ["crane", "pull", "--format=oci", f"{place}@{names['small']}", str(pulled)]
        subprocess.run(line, check=True)

    ours, peer = in_turn(lambda: _pull(place, names["small"]), crane, runs=5, warmup=1)
    print(f"\n200 small blobs\n  attest {ours:.0f} ms, crane {peer:.0f} ms")
    return keeps("200 small blobs", ours / peer, SMALL)


def _pull(place: str, digest: str) -> None:
    """Fetch a policy with nothing kept from before: neither a connection nor a byte."""
    with Fetcher(offline=False) as fetcher:
        fetcher.policy(Reference("oci", place, Digest.parse(digest)), attached=False)


def _url(place: str, digest: str) -> str:
    host, _, repository = place.partition("/")
    return f"http://{host}/v2/{repository}/blobs/{digest}"


if __name__ == "__main__":
    sys.exit(not main())
