"""Commodities: fungible goods, their grades and the licences they need. Reference data."""
