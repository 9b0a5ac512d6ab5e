"""Pure rules of the registry: no I/O, time comes in from outside."""
