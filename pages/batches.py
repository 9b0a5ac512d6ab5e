"""Acts: what was done to many at once, and what is planned or waits for approval."""

from core.domain.permissions import Permission
from core.ui import session
from core.ui.widgets import batch_list

batch_list.show(session.require(Permission.SEE_PEOPLE))
