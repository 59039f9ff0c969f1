"""The catalogue: what can be traded, what sellers show, what sellers promise.

A *commodity* is fungible and graded (chicken eggs, medium). A *listing* is a seller's own product,
curated before the public sees it. A *supply offer* is a promise of a quantity of a commodity; it
holds how much of itself is reserved, committed and delivered, and a CHECK keeps that within what
was offered.
"""
