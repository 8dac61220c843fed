"""Tables in, decisions out: a policy compiled for engines that decide many rows at once."""
