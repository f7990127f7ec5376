"""Decide on signed evidence whether an artifact may be released.

Staged verification of signed evidence against signed policies, into one report. Start reading at
`attest.pipeline`.
"""

__version__ = "0.1.0"
