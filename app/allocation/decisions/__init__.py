"""Decisions over one offer: every run that looked at its goods, and why it got what it got."""
