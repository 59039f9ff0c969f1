"""Who was given how much of the trade: shares by seller and by kelurahan, and their Gini."""
