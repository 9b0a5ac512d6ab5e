"""Home: my work today."""

from core.domain.permissions import Permission
from core.ui import session
from core.ui.widgets import home

home.show(session.require(Permission.SEE_PEOPLE))
