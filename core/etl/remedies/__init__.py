"""Corrections of a file: steps, what they would change, the workbook that comes back."""
