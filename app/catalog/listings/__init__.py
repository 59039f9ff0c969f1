"""Listings: sellers' own products, curated before the public sees them.

A seller writes a *draft* and submits it; the hub's curator approves it, asks for changes or rejects
it; the seller publishes, pauses and archives. From approval on, price, terms and the order of
photos change at once; anything else becomes a change request (`catalog.changes`), and the listing
stays as it was curated until that is approved. Goods that need a licence are checked when they are
submitted and when they are published, and held against the rules ever after
(`catalog.shelf.gate`).

The public reads *cards*, finished when something they show was written (`catalog.shelf`).
"""
