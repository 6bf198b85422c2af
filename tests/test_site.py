"""The extensions and checks of the documentation that need no Sphinx."""

import shutil
import sys
from importlib import import_module
from pathlib import Path

import pytest

import sklearn_hp

ROOT = Path(sklearn_hp.__file__).parents[1]
DOCS = ROOT / "docs"
SOURCE = "https://address.local/sklearn-hp"

pytestmark = pytest.mark.skipif(
    not DOCS.exists(), reason="the package is tested without its source"
)


@pytest.fixture
def module(monkeypatch):
    """Return a function that imports one of the modules by its name."""
    monkeypatch.setattr(sys, "path", [str(DOCS / "_ext"), str(DOCS), *sys.path])
    return import_module


def test_no_address_no_link(module):
    repository = module("repository")
    assert repository.theme_options(None) == {}
    assert repository.context(None) == {}


def test_one_address_makes_all_links(module):
    repository = module("repository")
    options = repository.theme_options(SOURCE)
    assert options["icon_links"][0]["url"] == SOURCE
    assert options["use_edit_page_button"]
    template = repository.context(f"{SOURCE}/")["edit_page_url_template"]
    assert template == f"{SOURCE}/edit/main/docs/{{{{ file_name }}}}"


@pytest.mark.parametrize(
    "page, edited",
    [
        ("index", True),
        ("user_guide/searching", True),
        ("changelog", False),
        ("gallery/plot_racing", False),
        ("generated/sklearn_hp.GridSearchCV", False),
    ],
)
def test_only_pages_with_a_file_can_be_edited(module, page, edited):
    context = {"theme_use_edit_page_button": True}
    module("repository").without_a_source_file(None, page, "page.html", context, None)
    assert context["theme_use_edit_page_button"] is edited


def test_changelog_becomes_rst(module):
    markdown = "# A\n\n## [1.0]\n\n- `x` of [b](https://c.d)\n"
    assert module("changelog").rst(markdown) == (
        "A\n=\n\n1.0\n---\n\n- `x` of `b <https://c.d>`__\n"
    )


def test_nothing_of_the_changelog_stays_markdown(module):
    text = module("changelog").rst((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert "](" not in text
    assert "\n#" not in text


def test_words_find_pages(module):
    pytest.importorskip("snowballstemmer")
    index = {
        "docnames": ["a", "b", "c"],
        "terms": {"progress": [0, 1]},
        "titleterms": {"progress": 2},
    }
    check_site = module("check_site")
    assert check_site.pages_of(index, "Progress") == {"a", "b", "c"}
    assert check_site.pages_of(index, "other") == set()


@pytest.mark.slow
def test_pages_that_scroll_sideways_are_found(module, tmp_path):
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no Chromium")
    head = '<!DOCTYPE html><meta name="viewport" content="width=device-width"><main>'
    pages = {
        "short": "<p>word</p>",
        "code": f"<pre style='overflow-x: auto'>{'x' * 900}</pre>",
        "long": f"<h1>{'x' * 60}</h1>",
        "longer": f"<div style='overflow-x: auto'><h1>{'x' * 900}</h1></div>",
    }
    for name, text in pages.items():
        (tmp_path / f"{name}.html").write_text(f"{head}{text}</main>")

    found = module("check_site").wide_pages(tmp_path, chromium)
    assert [(page, width) for page, width, _ in found] == [
        ("long.html", 390),
        ("longer.html", 390),
        ("longer.html", 1280),
    ]
    assert all(what.startswith("h1: xxx") for *_, what in found)
