"""One household: its members, where it and they stand, everything that happened."""

from core.domain.permissions import Permission
from core.ui import session
from core.ui.widgets import household_view

household_view.show(session.require(Permission.SEE_PEOPLE))
