"""What acts leave behind: batches, the images of small acts, what stands in their undo's way."""
