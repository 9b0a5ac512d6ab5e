"""The machine with everything in it."""

from tests.lifecycle_later import LaterMachine
from tests.lifecycle_office import OfficeMachine


class WholeMachine(LaterMachine, OfficeMachine):
    """The managers move, plan, ask, act on households and people and go over into cycles; brook's
    files come, bring statuses, and are taken back."""
