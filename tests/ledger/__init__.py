"""Tests of the ledger: what is sealed, how it is read, and what shows that somebody changed it."""
