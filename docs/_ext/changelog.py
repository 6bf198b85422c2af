"""Makes the page `changelog` of CHANGELOG.md, which is a little Markdown.

Headings, lists, code and links are all that the file has. Its title is the page's.
"""

import re
from pathlib import Path

UNDERLINES = {1: "=", 2: "-", 3: "^"}


def rst(markdown):
    """Return Markdown as reStructuredText."""
    text = re.sub(r"\[([^\]]*)\]\((https?:[^)]*)\)", r"`\1 <\2>`__", markdown)
    return re.sub(r"^(#+) (.*)$", heading, text, flags=re.MULTILINE)


def heading(match):
    """Return a heading, underlined by its level."""
    title = match[2].strip("[]")  # a version, which Markdown would link
    return f"{title}\n{UNDERLINES[len(match[1])] * len(title)}"


def read(app, docname, content):
    """Put the changelog in the place of an empty page of that name."""
    if docname == "changelog":
        path = Path(app.srcdir).parent / "CHANGELOG.md"
        app.env.note_dependency(path)
        content[0] += rst(path.read_text(encoding="utf-8"))


def setup(app):
    app.connect("source-read", read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
