"""The page on which anybody with the code follows a shipment: `/t/{code}` and `/lacak/{code}`.

Made for a cheap phone: one small HTML document, nothing loaded from anywhere, complete without
JavaScript and live with it.
"""
