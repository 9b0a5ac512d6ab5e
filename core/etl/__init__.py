"""From a file to checked rows: extract, layout, mapping, normalise, validate."""
