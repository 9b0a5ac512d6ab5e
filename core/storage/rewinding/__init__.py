"""Taking a published import back, and putting back what was taken."""
