"""HTML displays link to the address that the metadata of the package has."""

import pytest
from sklearn.svm import SVC

from sklearn_hp import BayesSearchCV, GridSearchCV, RandomSearchCV
from sklearn_hp._doc_link import documentation_url


@pytest.fixture
def metadata(tmp_path, monkeypatch):
    """Return what installs the package, with some lines in its metadata."""
    folder = tmp_path / "sklearn_hp-9.dist-info"
    folder.mkdir()
    monkeypatch.syspath_prepend(tmp_path)

    def install(*lines):
        head = ["Metadata-Version: 2.4", "Name: sklearn-hp", "Version: 9"]
        (folder / "METADATA").write_text("\n".join([*head, *lines, ""]))
        documentation_url.cache_clear()

    yield install
    documentation_url.cache_clear()


URLS = (
    "Project-URL: Source, https://address.local/code",
    "Project-URL: Documentation, https://address.local/docs/",
)


@pytest.mark.parametrize("cls", [GridSearchCV, RandomSearchCV, BayesSearchCV])
def test_a_search_links_to_its_page(metadata, cls):
    metadata(*URLS)
    page = f"https://address.local/docs/generated/sklearn_hp.{cls.__name__}.html"
    assert f'href="{page}"' in cls(SVC(), {})._repr_html_()

    class Own(cls):
        pass

    assert Own(SVC(), {})._get_doc_link() == ""


def test_a_network_links_to_its_page(metadata):
    pytest.importorskip("torch")
    pytest.importorskip("skorch")
    from sklearn_hp.neural_network import TorchMLPClassifier

    metadata(*URLS)
    page = "docs/generated/sklearn_hp.neural_network.TorchMLPClassifier.html"
    assert f'href="https://address.local/{page}"' in TorchMLPClassifier()._repr_html_()


@pytest.mark.parametrize("lines", [(), URLS[:1]])
def test_no_address_no_link(metadata, lines):
    metadata(*lines)
    assert GridSearchCV(SVC(), {})._get_doc_link() == ""
    assert "sklearn_hp.GridSearchCV" not in GridSearchCV(SVC(), {})._repr_html_()
