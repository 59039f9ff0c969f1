"""Lots: goods of one seller for one allocation, weighed once and then moved whole."""
