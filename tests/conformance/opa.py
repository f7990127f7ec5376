# ruff: noqa: T201  # a command, which says how it went
"""All of OPA's cases: ``python -m tests.conformance.opa``; the score goes to docs/conformance.md.

Needs OPA's Go module in Go's module cache: ``cd attest/evaluate/guests/rego && go mod download``.
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from pathlib import Path

from attest.evaluate.guests import rego
from attest.evaluate.host.pool import Pool
from tests.conformance.opa_cases import Case, cases, exceptions, folder, run

DOCUMENT = Path(__file__).parents[2] / "docs" / "conformance.md"
BEGIN, END = "<!-- opa: begin -->", "<!-- opa: end -->"


def main() -> int:
    """Run every case; return 1 when one differs that is not listed, or is listed and does not."""
    root = folder()
    if root is None:
        print("OPA's module is not in Go's module cache: go mod download", file=sys.stderr)
        return 2
    every, excepted, began = cases(root), exceptions(), time.monotonic()
    with Pool(2, print) as pool:
        wrong = {case.name: why for case in every if (why := run(case, pool))}
    unlisted = {name: why for name, why in wrong.items() if name not in excepted}
    stale = sorted(set(excepted) - set(wrong))
    for name, why in unlisted.items():
        print(f"{name}: {why}")
    for name in stale:
        print(f"{name}: is listed as an exception, and passes or does not exist")
    print(f"{len(every)} cases in {time.monotonic() - began:.0f} s, {len(wrong)} differ")
    if not unlisted and not stale:
        _write(_score(every, excepted))
    return int(bool(unlisted or stale))


def _score(every: list[Case], excepted: dict[str, str]) -> str:
    right = f"**{len(every) - len(excepted):,} of {len(every):,}**"
    lines = [
        f"OPA {rego.engine().version}: {right} cases are answered as OPA wants.\n",
        "| folder | cases | as OPA wants | on the list |",
        "|---|---|---|---|",
    ]
    for version in ("v0", "v1"):
        total = sum(case.name.startswith(version) for case in every)
        listed = sum(name.startswith(version) for name in excepted)
        lines.append(f"| {version} | {total:,} | {total - listed:,} | {listed} |")
    lines += ["", "| on the list | why |", "|---|---|"]
    lines += [f"| {count} | {why} |" for why, count in Counter(excepted.values()).most_common()]
    return "\n".join(lines)


def _write(score: str) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    between = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.DOTALL)
    DOCUMENT.write_text(
        between.sub(lambda _: f"{BEGIN}\n{score}\n{END}", text), encoding="utf-8", newline="\n"
    )


if __name__ == "__main__":
    sys.exit(main())
