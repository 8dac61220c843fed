"""Translation only: parse, call one use case, render."""
