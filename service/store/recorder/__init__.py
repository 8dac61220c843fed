"""The one way into the record: decisions that are waiting, written together in one commit."""
