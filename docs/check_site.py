"""Check pages that were built: no page scrolls sideways, and words find their page.

    python docs/check_site.py docs/_build/html

Widths are measured in Chromium, in frames of 390 and 1,280 pixels. Where there is no
Chromium, this part is left out, and a line says so.
"""

import functools
import http.server
import json
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

WIDTHS = (390, 1280)

# What users type into the search box, and a page that has to be among the results.
SEARCHES = {
    "calibration": "recipes/calibration",
    "gpu": "user_guide/neural_networks/devices",
    "lag": "recipes/time_series",
    "progress": "user_guide/callbacks",
    "imbalance": "recipes/imbalance",
    "imbalanced": "recipes/imbalance",
    "mlflow": "user_guide/tools",
    "resume": "user_guide/long_searches",
    "timeout": "user_guide/callbacks",
    "tuple": "user_guide/bayesian_search",
}

HARNESS = """<!DOCTYPE html><meta charset="utf-8"><body><script>
const pages = %s, widths = %s, wide = [];
const MAY_SCROLL = "pre, .diagram-frame, .pst-scrollable-table-container, .sr-only, " +
  ".sk-top-container, .output_subarea";
function scrolls(part) {
  const style = part.ownerDocument.defaultView.getComputedStyle(part);
  return part.clientWidth > 0 && part.scrollWidth > part.clientWidth + 1 &&
    (part.localName == "html" || style.overflowX != "visible") &&
    style.textOverflow != "ellipsis";
}
const right = part => part.getBoundingClientRect().right;
function tooWide(part) {
  const all = [...part.querySelectorAll("*")];
  const last = all.findLast(
    child => right(child) > right(part) || child.scrollWidth > child.clientWidth + 1
      && child.clientWidth > 0) || part;
  return `${last.localName}: ${last.textContent.trim().slice(0, 60)}`;
}
const frame = document.createElement("iframe");
document.body.append(frame);
async function measure() {
  for (const width of widths) {
    frame.style = `width: ${width}px; height: 800px; border: 0`;
    for (const page of pages) {
      await new Promise(done => { frame.onload = done; frame.src = "/" + page; });
      const root = frame.contentDocument;
      const parts = [root.documentElement, ...root.querySelectorAll("main, main *")];
      const culprit = parts.find(part => scrolls(part) && !part.closest(MAY_SCROLL));
      if (culprit) wide.push([page, width, tooWide(culprit)]);
    }
  }
  await fetch("/measured", {method: "POST", body: JSON.stringify(wide)});
}
measure();
</script>"""


def html_pages(site):
    """Return the paths of all pages, relative to the site."""
    pages = (path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    return sorted(page for page in pages if not page.startswith("_"))


def serve(site, harness, measured):
    """Return a server of the site and of the page that measures it."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            if self.path != "/measure":
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(harness.encode())

        def do_POST(self):
            measured.put(
                json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            )
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args):
            pass

    handler = functools.partial(Handler, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def wide_pages(site, chromium):
    """Return [page, width of the window, what scrolls] for pages that scroll."""
    measured = queue.Queue()
    server = serve(
        site, HARNESS % (json.dumps(html_pages(site)), list(WIDTHS)), measured
    )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        flags = (
            "--headless --no-sandbox --disable-gpu --no-first-run --hide-scrollbars "
            "--disable-background-networking --disable-component-update --disable-sync"
        )
        address = f"http://127.0.0.1:{server.server_port}/measure"
        command = [chromium, *flags.split(), f"--user-data-dir={profile}"]
        # an address is needed for a port to debug at, or a headless Chromium ends
        command += ["--remote-debugging-port=0", "--window-size=1400,900", address]
        browser = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            return measured.get(timeout=300)
        finally:
            browser.terminate()
            browser.wait()
            server.shutdown()
            server.server_close()


def search_index(site):
    """Return what Sphinx wrote for the search box."""
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    return json.loads(re.fullmatch(r"Search\.setIndex\((.*)\)", text, re.DOTALL)[1])


def pages_of(index, word):
    """Return the pages on which a word, or one with the same stem, is found."""
    import snowballstemmer

    stem = snowballstemmer.stemmer("english").stemWord(word.lower())
    numbers = set()
    for part in ("terms", "titleterms"):
        found = index[part].get(stem, [])
        numbers |= {found} if isinstance(found, int) else set(found)
    return {index["docnames"][number] for number in numbers}


def lost_searches(site):
    """Return the searches of SEARCHES that do not find their page."""
    index = search_index(site)
    return [
        word for word, page in SEARCHES.items() if page not in pages_of(index, word)
    ]


def pages_without_signature(site):
    """Return the pages of classes and functions that do not show how to call them."""
    pages = sorted((site / "generated").glob("sklearn_hp.*.html"))
    return [
        page.name
        for page in pages
        if "sig-paren" not in page.read_text(encoding="utf-8").split("</dt>")[0]
    ]


def main(site):
    """Print what is wrong, and return whether anything is."""
    problems = [f"{page} has no signature" for page in pages_without_signature(site)]
    problems += [
        f"the search for {word!r} does not find {SEARCHES[word]}"
        for word in lost_searches(site)
    ]
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("There is no Chromium: the widths of pages were not measured.")
    else:
        problems += [
            f"{page} scrolls sideways in a window of {width} pixels ({what})"
            for page, width, what in wide_pages(site, chromium)
        ]
    print("\n".join(problems) or "The pages are fine.")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
