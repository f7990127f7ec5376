"""Decide on signed evidence whether an artifact may be released.

Staged verification of signed evidence against signed policies, into one report. Start reading at
`attest.pipeline`. The Python interface is `load_plan`, `run`,
`verify_bundle`, `verify_bundles` and `evaluate`.
"""

import attest.evaluate  # noqa: F401  # the stage first, so that its name becomes the function's
from attest.api import evaluate, load_plan, run, verify_bundle, verify_bundles
from attest.version import __version__

__all__ = ["__version__", "evaluate", "load_plan", "run", "verify_bundle", "verify_bundles"]
