"""What single values mean: dates, numbers, codes, letters."""
