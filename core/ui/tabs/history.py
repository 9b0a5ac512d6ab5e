"""History: everything that happened to this person, the newest first."""

from core.domain.permissions import Actor, Permission
from core.services.beneficiaries import PersonView
from core.services.exports import Ask
from core.text import _
from core.ui.tabs import Tab
from core.ui.widgets import timeline


def show_history(actor: Actor, view: PersonView) -> None:
    timeline.show(actor, view.history, Ask("person", view.uuid))


TAB = Tab("history", 3, lambda: _("History"), Permission.SEE_PEOPLE, show_history)
