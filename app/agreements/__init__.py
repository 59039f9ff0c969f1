"""Agreements: what a buyer may call off, week by week, month by month, or once.

A memorandum is not a quota: an agreement binds once both sides confirmed it (the hub by proposing,
the buyer by confirming). From then on every period has a bucket per line, a *quota period*, and a
ledger: orders reserve from it, receipts consume, whatever ends gives back, and what is left over
may move into the next one. In every bucket reserved + consumed + carried out never exceeds quota +
carried in + overdraw, under any concurrency: one conditional UPDATE decides, a CHECK lies
underneath. A period of an agreement that does not bind (any more, for now) is not drawable.
"""
