"""Programmes: how each is designed, how full it is, and changing it."""

from core.domain.permissions import Permission
from core.ui import session
from core.ui.widgets import programme_list

programme_list.show(session.require(Permission.DESIGN))
