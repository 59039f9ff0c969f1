"""Recalls: from a farm's lot down to everybody who received any of it."""
