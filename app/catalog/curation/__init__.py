"""Curation: what waits for the curators, and what each of it lacks, in the reader's language."""
