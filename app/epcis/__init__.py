"""The same facts as GS1 EPCIS 2.0: what we publish of lots and shipments, what partners tell us.

*Projected* events are made from our own history by the worker. *Captured* events are what a partner
says: they are kept as that partner's words, seen by it and the hub, and never change our own books.
See `docs/epcis.md`.
"""
