"""A search as one page, in a browser where there is one."""

import re
import shutil
import subprocess
from copy import copy
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from sklearn_hp.inspection import search_report
from sklearn_hp.inspection._data import read_search
from sklearn_hp.inspection._report._table import candidates_table
from tests.inspection import _searches as fitted

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    None,
)
ALL = [
    "grid", "random", "bayes", "halving", "skopt", "study", "with_failures",
    "all_failed",
    *(pytest.param(name, marks=pytest.mark.slow)
      for name in ("optuna_search", "sklearn_grid")),
]  # fmt: skip
VOID = {"meta", "img", "br", "link"}


class Page(HTMLParser):
    """Collects what is in a page; fails if it is not well formed."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def of(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@cache
def report_of(name):
    """Return the report of one of the fitted searches."""
    return search_report(getattr(fitted, name)())


@pytest.mark.parametrize("name", ALL)
def test_any_search(name):
    html = report_of(name).html
    page = Page(html)
    assert all(image["alt"] for image in page.of("img"))
    # nothing is fetched
    assert not re.search(r"""(src|href)=["'](?!data:)""", html)
    assert "@import" not in html and "url(" not in html


def test_what_is_in_it():
    search = fitted.bayes()
    text = " ".join(Page(report_of("bayes").html).text)
    assert "BayesSearchCV of DecisionTreeClassifier: 12 candidates, 3 splits" in text
    assert f"Best ROC AUC: {search.best_score_:.4g}" in text
    assert "as it is" in text and "learnt for DecisionTreeClassifier" in text
    assert "BayesSearchCV(" in text and "scikit-learn 1." in text
    assert "4 of 6 candidates failed." in report_of("with_failures").html


def test_pictures_of_the_most_important_parameters_and_of_the_path():
    images = Page(report_of("random").html).of("img")
    alts = [image["alt"] for image in images]
    slices = [alt for alt in alts if "with the curve of a model" in alt]
    assert len(slices) == 2 and "over min_samples_leaf" in slices[0]
    assert any(alt.startswith("The score from the untuned") for alt in alts)
    images = Page(report_of("study").html).of("img")  # of no estimator
    assert not any(
        "untuned candidate to the winner" in image["alt"] for image in images
    )


def test_the_code_has_distributions_and_is_whole():
    steps = [SimpleImputer(fill_value=i) for i in range(30)]
    search = copy(fitted.sklearn_random())
    search.set_params(estimator=make_pipeline(*steps, fitted.TREE))
    text = " ".join(Page(search_report(search).html).text)
    assert "'max_depth': randint(1, 20)" in text and "_frozen object" not in text
    assert all(f"SimpleImputer(fill_value={i})" in text for i in range(1, 30))


def test_texts_of_users_are_escaped(tmp_path):
    table = {
        "params": [{"<b>x</b>": "<script>alert(1)</script>"}, {"<b>x</b>": "&"}],
        "mean_test_score": [1.0, 2.0],
    }
    path = tmp_path / "report.html"
    html = search_report(table, path, title="<i>").html
    assert path.read_text(encoding="utf-8") == html
    assert "<script>alert" not in html and "<b>x" not in html
    assert "<title>&lt;i&gt;</title>" in html


def test_values_that_are_not_finite_are_shown():
    params = [{"C": 1e9, "m": 1}, {"C": np.inf, "m": np.nan}, {"C": 1.0}]
    table = {"params": params, "mean_test_score": [0.5, 0.6, np.nan]}
    cells = candidates_table(read_search(table))
    assert '<td class="n" data-value="Infinity">inf</td><td>nan</td>' in cells
    assert '<td class="n"></td><td class="n">1</td><td></td></tr>' in cells


@pytest.mark.slow
def test_two_thousand_candidates(tmp_path):
    rng = np.random.default_rng(0)
    n = 2000
    table = {f"param_p{i}": rng.uniform(size=n) for i in range(12)}
    table |= {f"split{i}_test_score": rng.normal(size=n) for i in range(5)}
    table["mean_test_score"] = rng.normal(size=n)
    path = tmp_path / "report.html"
    search_report(table, path)
    assert path.stat().st_size < 3e6


def test_a_notebook_shows_it():
    report = report_of("grid")
    shown = report._repr_html_()
    (frame,) = Page(shown).of("iframe")
    assert frame["srcdoc"] == report.html and frame["title"]
    assert repr(report).startswith("<Report of ")


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
def test_in_a_browser(tmp_path):
    """It renders, and a press on a heading sorts the table."""
    path = tmp_path / "report.html"
    html = report_of("grid").html
    press = """
      const table = document.querySelector("table.sortable");
      const heading = [...table.querySelectorAll("th")].find(
        (th) => th.textContent === "max_depth");
      heading.querySelector("button").click();
      heading.querySelector("button").click();
      const column = heading.cellIndex;
      const images = [...document.images];
      const result = {
        sorted: [...table.tBodies[0].rows].map((r) => r.cells[column].textContent),
        loaded: images.every((i) => i.complete && i.naturalWidth > 0),
        wide: document.documentElement.scrollWidth <= window.innerWidth,
      };
      document.body.dataset.result = JSON.stringify(result);
    """
    path.write_text(html.replace("</body>", f"<script>{press}</script></body>"))
    dom = subprocess.run(
        [
            BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update",
            "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}",
            "--window-size=390,800", "--virtual-time-budget=2000", "--dump-dom",
            path.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    ).stdout  # fmt: skip
    result = re.search(r'data-result="([^"]*)"', dom)[1].replace("&quot;", '"')
    assert '"sorted":["8","8","8","4","4","4","2","2","2","1","1","1"]' in result
    assert '"loaded":true' in result and '"wide":true' in result


def test_captions_of_slices_are_of_what_is_drawn():
    rng = np.random.default_rng(0)
    table = {"param_a": rng.random(40), "param_b": rng.choice(["x", "y"], 40)}
    table["mean_test_score"] = table["param_a"] + (table["param_b"] == "x")
    html = search_report(table).html
    number, category = re.findall(r"How the score changes with . alone[^<]*", html)
    if " b " in number:
        number, category = category, number
    assert "dotted line" in number and "dotted line" not in category
