"""All measurements: ``python -m benchmarks``. Leaves with 1 when a limit is not kept."""

from __future__ import annotations

import subprocess
import sys


def main() -> int:
    """Run each in a process of its own: what one imports must not weigh on the next."""
    names = ("start", "trust", "rego", "peers_rego", "sandbox", "extism", "oci", "gate")
    lines = ([sys.executable, "-m", f"benchmarks.{name}"] for name in (*names, "first_run"))
    return max(subprocess.run(line, check=False).returncode for line in lines)


if __name__ == "__main__":
    sys.exit(main())
