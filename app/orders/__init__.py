"""Orders: what a buyer market asks for, line by line.

An order under an agreement (a call-off) reserves quota in the transaction that places it; a trial
order carries its own prices. `status` says what was agreed; progress is seen in the quantities of
the lines, which only ever move together with the rows that justify them. Every path that ends an
order gives back what it held.
"""
