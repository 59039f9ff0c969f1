"""Allocation: which seller's offers fill which order lines.

A *need* is what an order line still lacks; an *offer* is what a seller can still bring. One
decision over needs of one or many orders is a *run*; all that a run asks of one seller is a *supply
request*. Dividing is pure (`planning.plan`); reading and locking (`commands.decide`), writing and
announcing (`commands.fill`) are not. A preview only decides.

Always true: an offer never gives more than it has; a line never receives more than was confirmed;
what a seller gives back is allocated again, never to the one who gave it back; equal inputs fill
equally.
"""
