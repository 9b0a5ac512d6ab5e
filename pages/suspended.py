"""Suspended beneficiaries: count, filter, open, download."""

from core.domain.fields import Status
from core.domain.permissions import Permission
from core.ui import session
from core.ui.widgets import beneficiary_list

beneficiary_list.show(session.require(Permission.SEE_PEOPLE), Status.SUSPENDED)
