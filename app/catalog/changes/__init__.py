"""Change requests: what a seller wants changed of what was curated.

The listing stays as the curator approved it, and stays on the shelf, until the curator has seen the
change. Further edits of the seller join the one that is open.
"""
