"""The demo: one trade of the Blitar Trade Center, told through its public API and nothing else.

It makes invented sellers, farms and buyers, and lets them trade the way public news tells it. Told
again on the same data it changes nothing: every call carries an Idempotency-Key of its own, and
what the first telling has to remember (its day, the keys it made) stands in ``demo.json``.
"""

from app.demo.story import run

__all__ = ["run"]
