"""Shipments: whole lots on one way to one site of one buyer, from planned to delivered."""
