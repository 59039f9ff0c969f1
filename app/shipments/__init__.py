"""Shipments: goods weighed into lots, put on the road, received.

A *lot* is identified goods of one seller for one allocation. A *shipment* carries whole lots to one
site of one buyer; tracking events are append-only facts about it. A *goods receipt* (BAST) says lot
by lot what arrived and what was accepted; once signed it moves the order on. Nothing weighs more on
arrival than it did on departure, and nothing is in two places.
"""
