"""Link what docstrings say of scikit-learn to its site, without asking the network.

Inherited docstrings refer to scikit-learn's glossary and user guide, ours to its
classes and functions. A reference that these pages cannot resolve is looked up here.
"""

from docutils import nodes

SITE = "https://scikit-learn.org/stable/"

# Labels of scikit-learn's guide in docstrings that are inherited, and their pages.
LABELS = {
    "accuracy_score": "modules/model_evaluation.html#accuracy-score",
    "metadata_routing": "metadata_routing.html",
    "r2_score": "modules/model_evaluation.html#r2-score",
    "scoring_parameter": "modules/model_evaluation.html",
}


def target_of(node):
    """Return the address of what a reference means, None if it is not known."""
    name = node["reftarget"]
    if node["reftype"] == "term":
        return f"{SITE}glossary.html#term-{name}"
    if node["reftype"] == "ref" and name in LABELS:
        return SITE + LABELS[name]
    if node["reftype"] in ("class", "func", "obj") and name.startswith("sklearn."):
        return f"{SITE}modules/generated/{name}.html"
    return None


def resolve(app, env, node, contnode):
    """Return a link to scikit-learn's site for a reference that was not found."""
    uri = target_of(node)
    if uri is None:
        return None
    return nodes.reference("", "", contnode, internal=False, refuri=uri)


def setup(app):
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
