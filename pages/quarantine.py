"""Held rows: why each waits, whose it is, and what can be done about it."""

from core.domain.permissions import Permission
from core.ui import session
from core.ui.widgets import quarantine_list

quarantine_list.show(session.require(Permission.IMPORT))
