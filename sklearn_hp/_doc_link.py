"""Where the HTML display of an estimator links to.

The address has one home: ``Documentation`` under ``[project.urls]`` in pyproject.toml,
which installed packages have in their metadata. Without it there is no link.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, metadata


@cache
def documentation_url() -> str | None:
    """Return the address of the documentation, None if the package names none."""
    try:
        entries = metadata("sklearn-hp").get_all("Project-URL") or []
    except PackageNotFoundError:  # run from a checkout
        return None
    urls = dict(entry.split(", ", 1) for entry in entries)
    return urls.get("Documentation")


class DocLinkMixin:
    """Link to the documentation of this package, as scikit-learn lets estimators do.

    Goes before scikit-learn's bases.
    """

    _doc_link_module = "sklearn_hp"

    @property
    def _doc_link_template(self) -> str:
        url = documentation_url()
        page = "generated/{estimator_module}.{estimator_name}.html"
        return f"{url.rstrip('/')}/{page}" if url else ""
