"""What is asked about people is not answered by a household that is enrolled beside them."""

from sqlalchemy import text

from core.domain.criteria import EVERYBODY, Op, both, where
from core.domain.lifecycle import State
from core.services import beneficiaries, lifecycle
from core.services.lifecycle import Asked, Chosen
from core.storage.beneficiaries import Count
from core.storage.database import transaction
from tests.conftest import Registry
from tests.households import CASH, HOUSE, build
from tests.people import add_people


def test_the_heads_sex_chooses_the_head_and_the_rule_carries_the_household(
    registry: Registry,
) -> None:
    nadia, efua = build().nadia, add_people().efua
    with transaction() as db:
        db.execute(text("UPDATE person SET sex = 'MALE'"))
        db.execute(text("UPDATE person SET sex = 'FEMALE' WHERE full_name = 'Awa'"))
    women = where("sex", Op.IS, "FEMALE")
    in_cash, in_house = (where("programme", Op.IS, code) for code in (CASH, HOUSE))

    assert beneficiaries.count(efua, both(in_cash, women)) == Count(1, 1, 0)
    assert beneficiaries.count(efua, in_cash) == Count(5, 3, 2)
    assert beneficiaries.count(efua, both(in_house, women)) == Count(1, 0, 1)
    by_sex = dict(beneficiaries.count_by(efua, in_cash, "sex"))
    assert by_sex == {"FEMALE": Count(1, 1, 0), "MALE": Count(2, 2, 0)}
    wish = Asked(CASH, State.ACTIVE, "Women first")
    seen = lifecycle.view(nadia, lifecycle.prepare(nadia, wish, Chosen(criteria=women)))
    assert (seen.moved, seen.carried, seen.households) == (1, 2, 1)
    everybody = lifecycle.prepare(nadia, wish, Chosen(criteria=EVERYBODY))
    assert lifecycle.view(nadia, everybody).moved == 5
