"""Search: a person by name, number or identifier."""

from core.domain.permissions import Permission
from core.ui import session
from core.ui.widgets import search_results

search_results.show(session.require(Permission.SEE_PEOPLE))
