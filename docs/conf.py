"""Sphinx configuration. Nothing here reaches for the network."""

import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from repository import context, source_address, theme_options

import sklearn_hp

project = "sklearn-hp"
author = "The sklearn-hp developers"
copyright = f"2026, {author}"
version = release = sklearn_hp.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_gallery.gen_gallery",
    "matplotlib.sphinxext.plot_directive",
    "numpydoc",
    "sphinx_copybutton",
    "changelog",
    "diagram",
    "repository",
    "sklearn_links",
]
# The button copies what is typed: neither prompts nor output.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# Pictures that the guide draws from the tables of the benchmarks.
plot_formats = [("png", 120)]
plot_html_show_formats = False
plot_html_show_source_link = False
plot_basedir = "."

exclude_patterns = ["_build", "examples/**"]
templates_path = ["_templates"]
default_role = "literal"
nitpicky = False
highlight_language = "python"

# API pages: one per class, with the inherited methods.
autosummary_generate = True
toc_object_entries_show_parents = "hide"
autodoc_default_options = {"members": True, "inherited-members": True}
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

# The gallery is run at each build; an example that fails, fails the build.
sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": "/plot_",
    "abort_on_example_error": True,
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("sklearn_hp",),
    "download_all_examples": False,
    "matplotlib_animations": False,
    "min_reported_time": 1,
    "plot_gallery": "True",
    "remove_config_comments": True,
    "show_memory": False,
    "within_subsection_order": "FileNameSortKey",
}
# A figure in a page is not shown in a window.
warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive", UserWarning)

html_theme = "pydata_sphinx_theme"
html_title = "sklearn-hp"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_align": "left",
    "navbar_start": ["navbar-logo", "version"],
    "navbar_end": ["theme-switcher", "navbar-icon-links"],
    "header_links_before_dropdown": 6,
    "secondary_sidebar_items": {"**": ["page-toc", "edit-this-page"], "index": []},
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "tango",
    "pygments_dark_style": "monokai",
    **theme_options(source_address()),
}
html_context = context(source_address())
html_sidebars = {
    "index": [],
    "install": [],
    "coming_from_sklearn": [],
    "how_it_works": [],
    "experience": [],
    "dependencies": [],
    "changelog": [],
    "gallery/*": [],
}
