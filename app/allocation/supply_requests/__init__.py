"""Supply requests: all that one run asks of one seller, and the seller's answer to all of it."""
