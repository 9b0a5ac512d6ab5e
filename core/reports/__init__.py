"""What leaves as a picture or a file: charts and export writers."""
