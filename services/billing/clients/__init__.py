"""Payment providers: what billing asks of one, and the sandbox that stands in for them."""
