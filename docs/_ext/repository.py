"""What links to the repository, if pyproject.toml says where that is."""

import tomllib
from pathlib import Path


def source_address():
    """Return the address under ``Source`` of ``[project.urls]``, None without one."""
    path = Path(__file__).parents[2] / "pyproject.toml"
    project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    return project.get("urls", {}).get("Source")


def theme_options(source):
    """Return the options of the theme that link to an address, none for None."""
    if source is None:
        return {}
    link = {"name": "Repository", "url": source, "icon": "fa-solid fa-code-branch"}
    return {"icon_links": [link], "use_edit_page_button": True}


def context(source):
    """Return where "Edit this page" leads, for the templates of the theme."""
    if source is None:
        return {}
    page = f"{source.rstrip('/')}/edit/main/docs/{{{{ file_name }}}}"
    return {
        "edit_page_url_template": page,
        "edit_page_provider_name": "the repository",
    }


def without_a_source_file(app, pagename, templatename, context, doctree):
    """Take the link to edit it from a page that was made from other files."""
    if pagename.startswith(("gallery/", "generated/")) or pagename in MADE:
        context["theme_use_edit_page_button"] = False


MADE = {"changelog", "genindex", "search", "sg_execution_times"}


def setup(app):
    app.connect("html-page-context", without_a_source_file, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
