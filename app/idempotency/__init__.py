"""Idempotency: the same request sent twice happens once.

The key's row is inserted in the business transaction, before the command, and carries the answer
when it commits. A concurrent twin blocks on that row and then replays; a failed or refused request
rolls its row back, so a retry is judged afresh. No lease, no cache, no second store.
"""
