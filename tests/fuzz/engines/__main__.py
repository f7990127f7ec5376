"""Run ``python -m tests.fuzz.engines --count 100000``."""

from __future__ import annotations

import sys

from tests.fuzz.engines.targets import COMMAND, targets
from tests.fuzz.runner import main

if __name__ == "__main__":
    sys.exit(main(COMMAND, targets))
