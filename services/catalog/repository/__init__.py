"""All SQL of catalog: `shelves` what viewers read, `titles` what editors write, `assets` what the pipeline tells."""
