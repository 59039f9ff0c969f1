"""Allocation: which seller's offers fill which order lines.

A *need* is what an order line still lacks; an *offer* is what a seller can still bring. Deciding is
pure (`rules.fair_share`); locking, writing and announcing is `commands`.

Always true: an offer never gives more than it has; a line never receives more than was confirmed;
what a seller gives back is allocated again, never to the one who gave it back; equal inputs fill
equally.
"""
