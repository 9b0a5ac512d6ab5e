"""One import from its file to its published rows: received, checked, tried again."""
