"""scikit-learn's own tests of its searches, run on ours.

``_installed.load`` imports a test module of the scikit-learn that is installed, with
``GridSearchCV`` and ``RandomizedSearchCV`` meaning ours while the module is executed;
``_installed.expose`` hands its tests to the file that pytest collects. Nothing is
copied: a new scikit-learn brings its new tests along. What is left out stands in
``_exclusions.py``, with reasons.
"""
