"""attest: may this artifact be released?

Staged verification of signed evidence against signed policies, into one report. Start reading at
`attest.pipeline`.
"""

__version__ = "0.1.0"
