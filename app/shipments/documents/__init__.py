"""Documents on paper: delivery notes, load lists, lot labels, goods receipts, as PDF.

What a document says is frozen when it is issued, with its number; the PDF is made of that alone.
Who a kind is for decides what stands in it, once for all who may read it (see `contents`).
"""
