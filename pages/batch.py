"""The receipt of one act: what it did, and its undo."""

from core.domain.permissions import Permission
from core.ui import session
from core.ui.widgets import batch_page

batch_page.show(session.require(Permission.SEE_PEOPLE))
