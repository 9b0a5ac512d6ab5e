"""Which rules hold for rows, what breaks them, and the sentences about it."""
