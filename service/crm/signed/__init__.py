"""Events of any other sender, signed as Standard Webhooks says."""
