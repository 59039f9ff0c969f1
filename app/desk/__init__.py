"""What the hub's desk looks at: the commodity balance, who waits for an answer, who was served.

Reads only, across all packages below; nothing here decides anything.
"""
