"""The stored scores: a file for each estimator, of what was tried and a line a table.

A file is JSON lines, compressed. Its head has the candidates, every other line the mean
scores of all of them on one table, None where a fit failed.
"""

import gzip
import json
import os
from pathlib import Path

SCORES = Path(__file__).parent / "scores"


def file_of(folder, name):
    """Return the file of an experiment."""
    return folder / f"{name.replace(', ', '-').replace(' ', '_')}.jsonl.gz"


def read(file):
    """Return the head of a file and its lines by table; None and {} without a file."""
    if not file.exists():
        return None, {}
    text = gzip.decompress(file.read_bytes()).decode()
    head, *lines = map(json.loads, text.splitlines())
    return head, {line["table"]: line for line in lines}


def write(file, head, lines):
    """Write a file anew, so that there is either the old or the new one."""
    text = "".join(f"{_compact(line)}\n" for line in [head, *lines.values()])
    beside = file.with_suffix(".part")
    # no date inside: equal scores are equal files
    beside.write_bytes(gzip.compress(text.encode(), mtime=0))
    os.replace(beside, file)


def candidates_in(head):
    """Return the candidates in the head of a file, as the parameters of each."""
    columns = head["candidates"]
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, values, strict=True)) for values in rows]


def _compact(value):
    return json.dumps(value, separators=(",", ":"))
