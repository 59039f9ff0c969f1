"""Tracking: facts from the road, in whatever order they come, and what anybody may know of them."""
