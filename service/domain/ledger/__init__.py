"""The ledger: what was recorded, as a tree of hashes that shows whether anything of it was changed afterwards.

Everything here is pure: bytes in, bytes out. Nothing reads a database, a key or a clock.
"""
