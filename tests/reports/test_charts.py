"""The picture of the home page: complete, labelled, and without a call to the internet."""

from core.domain.fields import Status
from core.reports.charts import status_bars


def test_each_part_of_a_bar_carries_its_number() -> None:
    counts = {Status.ACTIVE: {"Cash": 1200, "Skills": 3}, Status.GRADUATED: {"Cash": 7}}

    figure = status_bars(["Cash", "Skills"], counts)

    parts = {bar.name: (list(bar.x), list(bar.text)) for bar in figure.data}
    assert parts["Active"] == ([1200, 3], ["1,200", "3"])
    assert parts["Graduated"] == ([7, 0], ["7", ""])
    assert [bar.name for bar in figure.data] == ["Potential", "Active", "Suspended", "Graduated"]


def test_a_picture_names_no_address() -> None:
    assert "http" not in status_bars(["Cash"], {}).to_json()
