"""Variants: the ways in which a listing is sold, and what there is of each.

A variant is either in *stock*, one pool of finished goods, or *made to order*, one pool of capacity
for each day or week. Every channel takes from the same pools. A pool is a ledger: its counters move
only together with the movements that say why, and a CHECK keeps what is reserved within what is
there.
"""
