"""The commodity balance: what is ordered, promised, committed and short, day by day."""
