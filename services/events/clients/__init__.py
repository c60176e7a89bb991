"""Whom events asks: Redis, for what it has seen."""
