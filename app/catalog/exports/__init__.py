"""Exports: a seller's products as a sheet that opens in Excel, and can be imported again."""
