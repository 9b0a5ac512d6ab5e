"""What the columns of a file hold: headers, suggestions, saved mappings."""
