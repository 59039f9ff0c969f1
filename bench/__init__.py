"""Measurements: ratios against a bare FastAPI + asyncpg app, side by side in one run."""
