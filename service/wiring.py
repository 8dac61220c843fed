"""The one place where things are made and joined."""
