"""The only SQL of the registry; every function is `verb(db, …)` inside a caller's transaction."""
