"""The ledger in the database: the queue of what is to be sealed, its entries, its tree and its checkpoints."""
