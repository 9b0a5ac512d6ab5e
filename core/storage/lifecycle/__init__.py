"""Moves through statuses: laid as orders, carried out, taken back, and roll-overs."""
