"""One person: identity, household, enrolments, everything that happened."""

from core.domain.permissions import Permission
from core.ui import session
from core.ui.widgets import person_view

person_view.show(session.require(Permission.SEE_PEOPLE))
