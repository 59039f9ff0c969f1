"""Quotes: a buyer asks, the hub names its terms, both may counter; acceptance makes the trade.

A *quote* is immutable and expires; another price is another quote, in the next round. The one that
is accepted becomes an order, or an agreement, at exactly its terms.
"""
