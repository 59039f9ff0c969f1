"""Inspections: a sample, what was read off it, and a verdict that may split the lot."""
