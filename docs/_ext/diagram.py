"""The directive ``diagram``: boxes and arrows, drawn from text as inline SVG.

.. code-block:: rst

   .. diagram:: What the picture shows
      :gap: 34

      sampler @ 0,1 : proposes candidates
      scheduler @ 2,1 2 : decides what runs next
      scheduler -> sampler : ask

A box is ``name @ column,row [width] : text``; its place and width are counted in grid
cells, and ``|`` breaks its text. An arrow is ``name -> name [: label]``, drawn between
the nearest edges of its boxes. Colours are the theme's, light or dark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive, directives

CELL_WIDTH, GAP_X, GAP_Y = 190, 34, 46
LINE, PADDING, TITLE = 19, 12, 21

BOX = re.compile(
    r"(?P<name>[\w .]+?) @ (?P<column>[\d.]+),(?P<row>[\d.]+)"
    r"(?: (?P<width>[\d.]+))?(?: : (?P<text>.*))?$"
)
ARROW = re.compile(r"(?P<tail>[\w .]+?) -> (?P<head>[\w .]+?)(?: : (?P<label>.*))?$")


@dataclass(frozen=True)
class Box:
    name: str
    lines: list[str]
    x: float
    y: float
    width: float
    height: float

    def svg(self):
        middle = self.x + self.width / 2
        parts = [
            f'<rect x="{self.x}" y="{self.y}" width="{self.width}" '
            f'height="{self.height}" rx="6"/>',
            f'<text class="name" x="{middle}" y="{self.y + PADDING + 14}">'
            f"{escape(self.name)}</text>",
        ]
        for i, line in enumerate(self.lines):
            y = self.y + PADDING + TITLE + 13 + i * LINE
            parts.append(f'<text x="{middle}" y="{y}">{escape(line)}</text>')
        return "".join(parts)


def arrow(tail, head, label):
    """Return an arrow from the edge of one box to the facing edge of another."""
    left, right = max(tail.x, head.x), min(tail.x + tail.width, head.x + head.width)
    if left < right:  # one above the other
        x = (left + right) / 2
        down = tail.y < head.y
        y1, y2 = (
            (tail.y + tail.height, head.y) if down else (tail.y, head.y + head.height)
        )
        line = f'<line x1="{x}" y1="{y1}" x2="{x}" y2="{y2}"/>'
        place = f'x="{x + 8}" y="{(y1 + y2) / 2 + 4}" class="beside"'
    else:  # side by side
        y = (max(tail.y, head.y) + min(tail.y + tail.height, head.y + head.height)) / 2
        rightwards = tail.x < head.x
        x1, x2 = (
            (tail.x + tail.width, head.x)
            if rightwards
            else (tail.x, head.x + head.width)
        )
        line = f'<line x1="{x1}" y1="{y}" x2="{x2}" y2="{y}"/>'
        place = f'x="{(x1 + x2) / 2}" y="{y - 7}"'
    text = f"<text {place}>{escape(label)}</text>" if label else ""
    return line.replace("/>", ' marker-end="url(#arrowhead)"/>') + text


def parse(content):
    """Return the matches of boxes and of arrows; raise ValueError on anything else."""
    boxes, arrows = [], []
    for line in filter(None, map(str.strip, content)):
        if match := BOX.match(line):
            boxes.append(match)
        elif match := ARROW.match(line):
            arrows.append(match)
        else:
            raise ValueError(f"not a box and not an arrow: {line!r}")
    return boxes, arrows


def draw(content, title, gap_x=GAP_X):
    """Return the SVG of a description."""
    box_matches, arrow_matches = parse(content)
    lines = {
        m["name"]: [part.strip() for part in (m["text"] or "").split("|") if part]
        for m in box_matches
    }
    height = 2 * PADDING + TITLE - 4 + LINE * max(map(len, lines.values()))
    boxes = {}
    for m in box_matches:
        width = float(m["width"] or 1)
        boxes[m["name"]] = Box(
            m["name"],
            lines[m["name"]],
            x=1 + float(m["column"]) * (CELL_WIDTH + gap_x),
            y=1 + float(m["row"]) * (height + GAP_Y),
            width=width * CELL_WIDTH + (width - 1) * gap_x,
            height=height,
        )
    arrows = [
        arrow(boxes[m["tail"]], boxes[m["head"]], m["label"]) for m in arrow_matches
    ]
    total_width = max(box.x + box.width for box in boxes.values()) + 1
    total_height = max(box.y + box.height for box in boxes.values()) + 1
    return (
        f'<svg class="diagram" viewBox="0 0 {total_width} {total_height}" '
        f'style="max-width: {total_width}px" role="img" aria-label="{escape(title)}" '
        'xmlns="http://www.w3.org/2000/svg"><defs><marker id="arrowhead" '
        'viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path d="M 0 0 L 10 5 L 0 10 z"/></marker></defs>'
        + "".join(arrows)
        + "".join(box.svg() for box in boxes.values())
        + "</svg>"
    )


class Diagram(Directive):
    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = {"gap": directives.nonnegative_int}

    def run(self):
        title = self.arguments[0]
        try:
            svg = draw(self.content, title, self.options.get("gap", GAP_X))
        except (ValueError, KeyError) as exc:
            raise self.error(f"diagram: {exc}") from exc
        if self.state.document.settings.env.app.builder.format != "html":
            source = "\n".join(self.content)
            return [nodes.literal_block(source, source)]
        html = f'<div class="diagram-frame">{svg}</div>'
        return [nodes.raw("", html, format="html")]


def setup(app):
    app.add_directive("diagram", Diagram)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
