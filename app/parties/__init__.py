"""Parties: the organisations that trade, their people, their places, their licences, their keys.

One party holds one or more roles (seller, buyer, carrier, operator): Berkah Telur sells eggs and
buys corn. Licences gate *goods*, not sellers: what a licence allows is asked by the packages that
sell, through `queries.missing_licences`.
"""
