"""Import: a file, its columns, its findings, its receipt."""

from core.domain.permissions import Permission
from core.ui import session
from core.ui.widgets import import_steps

import_steps.show(session.require(Permission.IMPORT))
