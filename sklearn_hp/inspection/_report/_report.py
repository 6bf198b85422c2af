"""The page: its parts, from a search, and the file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from importlib import metadata, resources
from string import Template
from typing import Any

from sklearn.base import BaseEstimator

from sklearn_hp.inspection._data import SearchData, read_search
from sklearn_hp.inspection._facts import (
    best_text,
    corrected_text,
    headline,
    other_scores_text,
    states_text,
    time_text,
    untuned_text,
    value_text,
)
from sklearn_hp.inspection._findings import Finding, findings
from sklearn_hp.inspection._report._pictures import pictures
from sklearn_hp.inspection._report._table import candidates_table, row_of
from sklearn_hp.space._search_text import search_text

_VERSIONS = ("sklearn-hp", "scikit-learn", "numpy", "scipy", "joblib")
_LONGEST_CODE = 10_000  # characters
_SEVERITY = {"warning": "Warning", "advice": "Advice", "note": "Note"}


@dataclass(frozen=True)
class Report:
    """A page of HTML; a notebook shows it.

    Parameters
    ----------
    html : str
        The page, with all that it needs.
    """

    html: str

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{escape(self.html)}" title="Report of a search" '
            f'style="width:100%;height:42rem;border:1px solid #ccc"></iframe>'
        )

    def __repr__(self) -> str:
        return f"<Report of {len(self.html):,} characters>"


def search_report(
    search: Any, path: str | os.PathLike[str] | None = None, *, title: str | None = None
) -> Report:
    """Write a page about a search: what to do next, pictures, all candidates.

    The page needs no network and no other file. It has the findings on top, then the
    best parameters beside the untuned ones, the pictures that apply, a table of all
    candidates to sort, and how to run the search again.

    Parameters
    ----------
    search : object
        A fitted search of this library, scikit-learn, scikit-optimize, dask-ml or
        Optuna; an Optuna study; the path of a checkpoint; a ``cv_results_``, or a
        DataFrame with ``param_*`` columns and one column of scores.
    path : str or path-like, default=None
        The file to write; None for none. One that is there is written over.
    title : str, default=None
        The heading; None for the kind of the search, its estimator and its size.

    Returns
    -------
    report : Report
        The page, which notebooks show, as ``report.html``.

    Raises
    ------
    ValueError
        If the search is not fitted, or has no scores.
    TypeError
        If it is none of these.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> import os, tempfile
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hp import GridSearchCV
    >>> from sklearn_hp.inspection import search_report
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"C": [1, 10]}).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "report.html")
    ...     report = search_report(search, path)
    ...     os.path.getsize(path) < 1_000_000
    True
    """
    data = read_search(search)
    page = Template(_resource("page.html")).substitute(
        title=escape(title or headline(data)),
        style=_resource("style.css"),
        script=_resource("sort.js"),
        facts=_facts(data),
        findings=_findings(findings(data)),
        best=_best(data),
        pictures=_figures(data),
        candidates=candidates_table(data),
        again=_again(data),
    )
    if path is not None:
        with open(path, "w", encoding="utf-8") as file:
            file.write(page)
    return Report(page)


def _resource(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _facts(data: SearchData) -> str:
    sentences = [
        best_text(data),
        other_scores_text(data),
        untuned_text(data),
        corrected_text(data),
        states_text(data),
        time_text(data),
    ]
    return "\n".join(f"<p>{escape(sentence)}</p>" for sentence in sentences if sentence)


def _findings(found: list[Finding]) -> str:
    if not found:
        return (
            "<p>Nothing stands out in what is known of this search, and no candidate "
            "failed.</p>"
        )
    return "\n".join(
        f'<section class="finding {one.severity}">'
        f'<p><span class="severity">{_SEVERITY[one.severity]}:</span> '
        f"{escape(one.what)}</p>"
        f'<p class="muted">{escape(one.evidence)}</p><p>{escape(one.advice)}</p>'
        f"</section>"
        for one in found
    )


def _best(data: SearchData) -> str:
    if data.best is None:
        return "<p>No candidate has a score.</p>"
    headings = ["Parameter", "Best"]
    columns = [list(data.candidates[data.best])]
    columns.append([value_text(value) for value in data.candidates[data.best].values()])
    if data.estimator is not None:
        own = data.estimator.get_params()
        headings.append("Untuned")
        columns.append([value_text(own[n]) if n in own else "" for n in columns[0]])
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    rows = "".join(row_of(row) for row in zip(*columns, strict=True))
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}'
        f"</tbody></table></div>"
    )


def _figures(data: SearchData) -> str:
    figures = [
        f'<figure><img src="data:image/png;base64,{picture.png}" '
        f'alt="{escape(picture.alt)}" width="{picture.width}" '
        f'height="{picture.height}"><figcaption>{escape(picture.caption)}</figcaption>'
        f"</figure>"
        for picture in pictures(data)
    ]
    return f'<div class="pictures">{"".join(figures)}</div>'


def _again(data: SearchData) -> str:
    code = ""
    if isinstance(data.search, BaseEstimator):
        code = f"<pre>{escape(search_text(data.search, _LONGEST_CODE))}</pre>"
    seed = getattr(data.search, "random_state", None)
    seeded = "" if seed is None else f" random_state={seed!r}."
    return f"{code}<p>{escape('; '.join(_versions()))}.{escape(seeded)}</p>"


def _versions() -> Iterator[str]:
    yield f"Python {sys.version.split()[0]}"
    for name in _VERSIONS:
        try:
            yield f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:  # run from its sources
            yield f"{name} from its sources"
