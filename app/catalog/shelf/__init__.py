"""The shelf: what the public reads of the catalogue, one finished row per listing.

Whatever changes something that a reader may see calls `refresh.touch` in the same transaction; at
its end the rows of all touched listings are made anew from the tables, by one function of the
database. So reading costs the same however a listing is made up, and the row cannot say anything
but what the tables say. A row whose listing has left stays as a tombstone for the change feed.
"""
