"""Measurements of the product against a floor taken in the same run; ratios, never bare times."""
