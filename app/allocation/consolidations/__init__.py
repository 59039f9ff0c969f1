"""Consolidations: one decision over many orders, for a truck or a day; every run, as it is kept."""
