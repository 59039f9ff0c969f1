"""Agreements: what a buyer may call off, month by month.

A memorandum is not a quota: an agreement binds once both sides confirmed it (the hub by proposing,
the buyer by confirming). From then on every month has a bucket per line, a *quota period*, and a
ledger: orders reserve from it, receipts consume, whatever ends gives back. In every bucket
reserved + consumed never exceeds the quota, under any concurrency: one conditional UPDATE decides,
a CHECK lies underneath.
"""
