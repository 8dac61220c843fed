"""What the handbook asks of an open opportunity (OPP-1 to OPP-5, OPP-8): a policy of its own."""
