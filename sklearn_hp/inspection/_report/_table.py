"""All candidates as a table to sort."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from sklearn_hp.inspection._data import SearchData
from sklearn_hp.inspection._data._text import number
from sklearn_hp.inspection._facts import value_text


def candidates_table(data: SearchData) -> str:
    """Return a table with a row for each candidate, the best first."""
    headings, columns = _columns(data)
    head = "".join(
        f'<th scope="col"><button type="button">{escape(name)}</button></th>'
        for name in headings
    )
    order = np.argsort(data.ranks(data.metrics[0]), kind="stable")
    rows = [
        row_of([column[row] for column in columns], "best" if row == data.best else "")
        for row in order
    ]
    return (
        '<div class="candidates"><table class="sortable"><thead><tr>'
        f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _columns(data: SearchData) -> tuple[list[str], list[Sequence[Any]]]:
    headings = ["candidate", "state"]
    columns: list[Sequence[Any]] = [data.numbers.tolist(), data.states.tolist()]
    for metric in data.metrics:
        headings.append(metric.label)
        columns.append((metric.sign * data.scores[metric.name]).tolist())
    for parameter in data.parameters:
        headings.append(parameter.name)
        columns.append(_values(parameter.values, parameter.active))
    if data.resource is not None:
        headings.append(data.resource_name or "resource")
        columns.append(data.resource.tolist())
    if np.isfinite(data.fit_time).any():
        headings.append("seconds a fit")
        columns.append(data.fit_time.tolist())
    if any(data.sources):
        headings.append("start point")
        columns.append(data.sources)
    return headings, columns


def _values(values: np.ndarray, active: np.ndarray) -> list[Any]:
    """Return values of a parameter; NaN, which is one, is not a missing score."""
    shown = np.where(active, values, "").tolist()
    return [
        "nan" if isinstance(value, float) and math.isnan(value) else value
        for value in shown
    ]


def row_of(values: Sequence[Any], kind: str = "") -> str:
    """Return a row of a table; numbers have four digits.

    Parameters
    ----------
    values : sequence
        Of its cells.
    kind : str, default=""
        Its class.
    """
    cells = "".join(map(_cell, values))
    return f'<tr class="{kind}">{cells}</tr>' if kind else f"<tr>{cells}</tr>"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        if math.isnan(value):
            return '<td class="n"></td>'
        shown = number(value)
        # numbers that look the same are sorted by what is not shown
        key = f"{value:.6g}".replace("inf", "Infinity")  # as JavaScript reads it
        exact = f' data-value="{key}"' if key != shown else ""
        return f'<td class="n"{exact}>{shown}</td>'
    if isinstance(value, int) and not isinstance(value, bool):
        return f'<td class="n">{value}</td>'
    text = value if isinstance(value, str) else value_text(value)
    return f"<td>{escape(text)}</td>"
