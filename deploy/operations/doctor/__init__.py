"""Looks at a whole platform and says what is wrong with it, why that matters, and what to do."""
