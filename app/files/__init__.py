"""Files that people send: where they are kept, and how they are opened without trusting them."""
