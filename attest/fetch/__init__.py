"""Stage 1, the only reads: files, OCI layouts, registries. Everything else is pure."""

from attest.fetch.fetched import Fetched, Refusal
from attest.fetch.fetcher import BUNDLE_SUFFIX, Fetcher
from attest.fetch.limits import FetchLimits

__all__ = ["BUNDLE_SUFFIX", "FetchLimits", "Fetched", "Fetcher", "Refusal"]
