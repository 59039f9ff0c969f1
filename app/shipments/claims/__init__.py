"""Claims: what the buyer complains of after receiving, how it ends, and who bears it."""
