"""Evidence: photos that show what was found, for inspections, receipts and claims."""
