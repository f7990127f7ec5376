"""Print the N-th command of the README's quick start, as a user would paste it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"^```console\n\$ (.+)\n```$", re.MULTILINE)


def commands() -> list[str]:
    """Return the commands of the section "Quick start": one `$ ` line in each console block."""
    section = README.read_text().partition("## Quick start")[2].partition("\n## ")[0]
    return BLOCK.findall(section)


if __name__ == "__main__":
    print(commands()[int(sys.argv[1]) - 1])
