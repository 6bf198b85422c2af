"""What the source distribution and the metadata of the package have in them."""

import re
import sys
import tarfile
from email.parser import BytesParser
from importlib import import_module
from pathlib import Path

import pytest

import sklearn_hp

ROOT = Path(sklearn_hp.__file__).parents[1]
ADDRESS = "https://address.local/sklearn-hp"

pytestmark = pytest.mark.skipif(
    not (ROOT / "hatch_build.py").exists(),
    reason="the package is tested without its source",
)


@pytest.fixture
def without_relative_links(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    return import_module("hatch_build").without_relative_links


def relative_links(text):
    targets = re.findall(r"\]\(([^)]*)\)", text)
    return [target for target in targets if not target.startswith("https://")]


TEXT = "See [the\nguide](docs/index.rst), [sklearn](https://a.b) and ![a line](x.png)"


def test_links_lead_to_the_repository(without_relative_links):
    assert without_relative_links(TEXT, f"{ADDRESS}/") == (
        f"See [the\nguide]({ADDRESS}/blob/main/docs/index.rst), "
        f"[sklearn](https://a.b) and ![a line]({ADDRESS}/raw/main/x.png)"
    )


def test_no_address_no_link(without_relative_links):
    assert without_relative_links(TEXT, None) == (
        "See the\nguide, [sklearn](https://a.b) and *(Picture: a line.)*"
    )


@pytest.mark.parametrize("source", [None, ADDRESS])
def test_the_readme_has_no_relative_link_left(without_relative_links, source):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert relative_links(text)
    assert relative_links(without_relative_links(text, source)) == []


def test_every_link_of_the_readme_leads_to_a_file():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [path for path in relative_links(text) if not (ROOT / path).exists()] == []


@pytest.mark.slow
def test_source_distribution(tmp_path):
    sdist = pytest.importorskip("hatchling.builders.sdist")
    [path] = sdist.SdistBuilder(str(ROOT)).build(directory=str(tmp_path))
    assert Path(path).stat().st_size < 2_000_000

    with tarfile.open(path) as archive:
        top = f"sklearn_hp-{sklearn_hp.__version__}"
        names = {name.removeprefix(f"{top}/") for name in archive.getnames()}
        metadata = BytesParser().parse(archive.extractfile(f"{top}/PKG-INFO"))

    package = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "sklearn_hp").rglob("*")
        if path.suffix in {".py", ".json", ".typed"}
    }
    assert package <= names
    assert {
        "LICENSE",
        "CHANGELOG.md",
        "hatch_build.py",
        "tests/test_layers.py",
    } <= names
    assert not [name for name in names if "/scores/" in name or "docs/_build" in name]

    assert metadata["Description-Content-Type"] == "text/markdown"
    assert relative_links(metadata.get_payload()) == []
    keywords = metadata["Keywords"].split(",")
    assert {"Bayesian optimization", "AutoML", "PyTorch"} <= set(keywords)
    # no address that is made up
    assert all("https://" in url for url in metadata.get_all("Project-URL") or [])
