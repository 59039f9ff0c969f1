"""Amendments of orders: placed lines are immutable; both sides may agree on other terms of them.

What an amendment would do is one pure decision (`rules.plan`): a preview shows it, consent carries
it out, decided anew under locks. Quantity, day, site and the price of a line without agreement can
change. Whatever else was frozen when the order was placed stays: the price of an agreement's line
is that of the day it was placed on, whatever its new day or quantity. Goods that are weighed are
never touched.
"""
