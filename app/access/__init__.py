"""Access: who is calling, and what they may do. It verifies and decides; it changes nothing.

A caller shows an API key. `enter` turns it into an `Actor` (one party, one world, a set of
permissions) and tells Postgres whose rows this transaction may see. Grants are one table
(`permissions.GRANTS`); the keys' own commands live in `parties`.
"""
