"""What several entry points share."""
