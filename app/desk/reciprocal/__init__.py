"""Two linked agreements side by side: what each has given, and who owes whom."""
