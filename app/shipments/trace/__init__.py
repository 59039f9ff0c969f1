"""Trace: what a lot came of, and where it went, at any depth and in one query.

The graph is made of `lot_links`: goods of one allocation that went from a parent lot into a child.
What was undone is not part of it. The hub sees all of it; a seller only the way of its own goods,
without who bought them; a buyer where its goods come from, without who sold them.
"""
