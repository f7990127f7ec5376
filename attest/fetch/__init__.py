"""Stage 1, the only reads: files, OCI layouts, registries. Everything else is pure."""

from attest.fetch.fetched import Fetched, Refusal
from attest.fetch.fetcher import Fetcher
from attest.fetch.limits import FetchLimits

__all__ = ["FetchLimits", "Fetched", "Fetcher", "Refusal"]
