"""Listings: sellers' own products, curated before the public sees them.

A seller writes a *draft* and submits it; the hub's curator approves it, asks for changes or rejects
it; the seller publishes, pauses and archives. What was curated stays as it was curated: from
approval on only the price may change. Goods that need a licence are checked when they are submitted
and again when they are published.

The public reads *cards*: the JSON of a published listing, made by the database when the row is
written (docs/adr/0004-listing-cards.md).
"""
