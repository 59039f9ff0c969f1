"""What is left of an agreement, period by period, as its two sides read it."""
