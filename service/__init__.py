"""Chalkline: decides which sales team owns an account, says why, and remembers."""
