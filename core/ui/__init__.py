"""The screen: the shell around every page, and the widgets the pages show."""
