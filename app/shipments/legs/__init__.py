"""Legs: rounds of one vehicle, stop by stop: to farms, to another city, to the last doors."""
