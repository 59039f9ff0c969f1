"""A seller's own view: how its goods stand, what was last edited, and what it should do next."""
