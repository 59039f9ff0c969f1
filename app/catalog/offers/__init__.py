"""Supply offers: a seller's promise of a quantity, and the ledger of what is taken from it."""
