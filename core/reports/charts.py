"""Pictures: plain numbers in, Plotly figures out; nothing is fetched from anywhere."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from core.domain.fields import Status
from core.domain.words import label_code
from core.text import show_number

STATUS_COLOURS = {
    Status.POTENTIAL: "#56B4E9",
    Status.ACTIVE: "#009E73",
    Status.SUSPENDED: "#E69F00",
    Status.GRADUATED: "#8C8C8C",
}
"""From the palette of Okabe and Ito: told apart with every kind of colour vision."""
_BAR_HEIGHT, _FRAME_HEIGHT = 46, 96


def status_bars(programmes: Sequence[str], counts: Mapping[Status, Mapping[str, int]]) -> go.Figure:
    """Return one bar for each programme, cut by status; `counts` is enrolments by programme.

    Every part carries its number, so that the colour is never the only signal.
    """
    figure = go.Figure()
    for status, colour in STATUS_COLOURS.items():
        numbers = [counts.get(status, {}).get(programme, 0) for programme in programmes]
        figure.add_bar(
            y=list(programmes),
            x=numbers,
            name=label_code(status),
            orientation="h",
            marker_color=colour,
            text=[show_number(number) if number else "" for number in numbers],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont_color="black",
            hovertemplate="%{y}: %{text}<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(
        barmode="stack",
        height=_FRAME_HEIGHT + _BAR_HEIGHT * max(len(programmes), 1),
        margin={"l": 0, "r": 0, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        xaxis={"showticklabels": False, "showgrid": False, "zeroline": False, "fixedrange": True},
        yaxis={"autorange": "reversed", "automargin": True, "fixedrange": True},
        uniformtext={"minsize": 10, "mode": "hide"},
    )
    return figure
