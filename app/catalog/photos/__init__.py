"""Photos of listings: uploaded from a phone, kept in a few clean sizes, in the seller's order."""
