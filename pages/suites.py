"""Validation rules: what every file is checked for, edited in versions."""

from core.domain.permissions import Permission
from core.ui import session
from core.ui.widgets import suite_editor

suite_editor.show(session.require(Permission.ADMINISTER))
