"""Two records of one person: found, compared side by side, merged into one."""

from core.domain.permissions import Permission
from core.ui import session
from core.ui.widgets import merge_view

merge_view.show(session.require(Permission.TRANSITION))
