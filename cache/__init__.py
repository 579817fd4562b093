"""Remembers what Spotify said; never serves one principal what another may not see."""

from cache.config import CacheConfig
from cache.entry import Answer
from cache.generations import Generations
from cache.key import PUBLIC, cache_key
from cache.observer import CacheObserver, Result
from cache.policy import NEVER, CachePolicy
from cache.singleflight import Flight, FlightTimeoutError, SingleFlight
from cache.store import Store
from cache.tiered import Found, TieredCache

__all__ = [
    "NEVER",
    "PUBLIC",
    "Answer",
    "CacheConfig",
    "CacheObserver",
    "CachePolicy",
    "Flight",
    "FlightTimeoutError",
    "Found",
    "Generations",
    "Result",
    "SingleFlight",
    "Store",
    "TieredCache",
    "cache_key",
]
