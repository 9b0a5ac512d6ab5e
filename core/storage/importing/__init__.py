"""Imports: runs, stage, matching, publish, and what is held back."""
