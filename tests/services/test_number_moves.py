"""A list of numbers tells apart who is unknown, who is not enrolled and who is not in a batch."""

from sqlalchemy import text

from core.domain.lifecycle import State
from core.services import lifecycle, undo
from core.services.lifecycle import Asked, Chosen
from core.storage.database import reading
from tests.conftest import Registry
from tests.households import CASH, build


def number(name: str) -> str:
    with reading() as db:
        query = "SELECT registration_no FROM person WHERE full_name = :name"
        return str(db.execute(text(query), {"name": name}).scalar_one())


def home_of(name: str) -> str:
    with reading() as db:
        query = (
            "SELECT h.number FROM household h JOIN membership m ON m.household_id = h.id "
            "JOIN person p ON p.id = m.person_id WHERE p.full_name = :name"
        )
        return str(db.execute(text(query), {"name": name}).scalar_one())


def test_what_is_not_yours_is_unknown_and_what_is_not_asked_about_is_named(
    registry: Registry,
) -> None:
    omar = build().omar
    awa, cleo, dora, fay = (number(name) for name in ("Awa", "Cleo", "Dora", "Fay"))
    listed = [awa, cleo, fay, "P-999", awa.lower(), home_of("Fay"), f" {awa} "]
    wish = Asked(CASH, State.ACTIVE, "On the list")
    done = lifecycle.carry_out(omar, lifecycle.prepare(omar, wish, Chosen(numbers=listed)))

    assert (done.moved, done.repeated) == (1, 1)
    assert done.elsewhere == [cleo]
    assert done.unknown == [fay, "P-999", home_of("Fay")]

    assert done.batch is not None
    chosen = Chosen(numbers=[awa, dora, fay, home_of("Dora"), dora])
    back = lifecycle.view(omar, undo.prepare(omar, done.batch, "Wrong list", chosen))
    assert (back.moved, back.repeated, back.unknown) == (1, 1, [fay])
    assert back.elsewhere == [dora, home_of("Dora")]
