"""Use cases of catalog: browsing, rating, editing, pictures, and assets that arrive."""
