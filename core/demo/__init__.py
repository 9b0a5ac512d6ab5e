"""An invented country for trying the registry out: pure, seeded, nothing read or written."""
