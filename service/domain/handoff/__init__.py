"""The First Order handoff: its checklists, its steps and what they come to (HAND-1 to HAND-7)."""
