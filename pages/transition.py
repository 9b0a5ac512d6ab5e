"""Changing statuses: whom, to what and why, what it would do, and the receipt."""

from core.domain.permissions import Permission
from core.ui import session
from core.ui.widgets import transition_page

transition_page.show(session.require(Permission.TRANSITION))
