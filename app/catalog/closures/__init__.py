"""Closures: days on which a seller sells nothing, said beforehand. Its goods stay on the shelf."""
