"""Remembers what Spotify said; never serves one principal what another may not see."""

from cache.config import CacheConfig, Eviction
from cache.entry import Answer
from cache.filler import Landing, Load
from cache.generations import Generations, LocalGenerations
from cache.key import PRIVATE_PREFIX, PUBLIC, Owners, cache_key, is_partial, owner_prefix, partial_key
from cache.observer import CacheObserver, Renewal, Result
from cache.policy import NEVER, CachePolicy
from cache.singleflight import Flight, FlightTimeoutError, SingleFlight
from cache.store import NullStore, Store, Stored
from cache.tiered import Found, Seed, TieredCache

__all__ = [
    "NEVER",
    "PRIVATE_PREFIX",
    "PUBLIC",
    "Answer",
    "CacheConfig",
    "CacheObserver",
    "CachePolicy",
    "Eviction",
    "Flight",
    "FlightTimeoutError",
    "Found",
    "Generations",
    "Landing",
    "Load",
    "LocalGenerations",
    "NullStore",
    "Owners",
    "Renewal",
    "Result",
    "Seed",
    "SingleFlight",
    "Store",
    "Stored",
    "TieredCache",
    "cache_key",
    "is_partial",
    "owner_prefix",
    "partial_key",
]
