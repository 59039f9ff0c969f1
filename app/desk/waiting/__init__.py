"""What waits for somebody: the hub's desk in one document."""
