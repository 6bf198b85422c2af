"""The README as an index page shows it, where relative links are dead.

With an address under ``Source`` of ``[project.urls]``, links and pictures lead there.
Without one, a link is its text, and a picture what it shows, in words.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE = re.compile(
    r"(?P<picture>!?)\[(?P<text>[^\]]*)\]\((?!https?:|#)(?P<path>[^)]*)\)"
)


def without_relative_links(text: str, source: str | None) -> str:
    """Return Markdown in which no link depends on where it is shown."""

    def replace(match: re.Match[str]) -> str:
        picture, text, path = match["picture"], match["text"], match["path"]
        if source is not None:
            kind = "raw" if picture else "blob"
            return f"{picture}[{text}]({source.rstrip('/')}/{kind}/main/{path})"
        return f"*(Picture: {text}.)*" if picture else text

    return RELATIVE.sub(replace, text)


class IndexReadme(MetadataHookInterface):
    """Sets the field ``readme`` of the package's metadata."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the field in `metadata`."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        source = metadata.get("urls", {}).get("Source")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": without_relative_links(text, source),
        }
