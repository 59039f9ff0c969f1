"""Prices that follow a rule: price series with their readings, and fixed, tiered, indexed prices.

A *series* is a reference price somebody publishes, such as the government's for eggs at the farm; a
*reading* is its value on one day. `rules` makes a price of them, purely and exactly.
"""
