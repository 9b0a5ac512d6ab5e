"""Seeded chance: the same seed and purpose give the same throws on every machine."""

from random import Random


def make_dice(seed: int, purpose: str) -> Random:
    """Return the throws of one purpose, independent of how often another purpose threw."""
    return Random(f"{seed} {purpose}")  # noqa: S311 - an invented country, not a secret
