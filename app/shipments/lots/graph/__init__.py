"""What is done to goods in lots: balanced events with an inverse, kept as a graph of lots.

A lot is taken in hand (`held`), goods go from lots into lots or are lost and found (`work`), and
what that means for sellers and the order follows (`following`). Each operation is one file.
"""
