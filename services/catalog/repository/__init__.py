"""All SQL of catalog: `browse` what viewers read, `titles` what editors write, `assets` what the pipeline tells, `ratings`."""
