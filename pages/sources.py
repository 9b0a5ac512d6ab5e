"""Sources: databases and APIs that are imported by hand or on a timetable."""

from core.domain.permissions import Permission
from core.ui import session
from core.ui.widgets import source_list

source_list.show(session.require(Permission.IMPORT))
