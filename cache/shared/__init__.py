"""The tier of the cache that processes share through Redis: answers, claims to load them, stamps of accounts.

Read `tier` for what belongs together, `lane` for how questions of one moment become one, `generations` and
`stamps` for why an outdated answer cannot be found, and `listener` for how a process hears of what others changed.
"""
