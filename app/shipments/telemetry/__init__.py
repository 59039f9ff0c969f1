"""Telemetry: what sensors on the road measure, and what follows from it.

Readings come in batches, many thousands a second, late, twice and in any order. Each is stored once
in the partition of its day; what is newest is shown; what is too warm or too cold for too long is a
*breach*, told by one event when it begins and one when it is over.
"""
