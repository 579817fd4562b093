"""One limit for several processes: they lease slots from a store that counts them, exactly as one process would.

Read `config` for what is promised, `lease.lua` for who counts, `slots` for what a process may do with a lease, and
`keeper` for how the two talk. `docs/decisions/0005-slot-leases.md` says why, and what this cannot do.
"""
