"""Goods receipts (BAST): what arrived, lot by lot, and who stands by it."""
