# Each target makes the environment it needs in .venv/, and makes it again when
# pyproject.toml or constraints.txt change.
#
#   make demo                     tune a credit-scoring pipeline, draw demo.png
#   make test                     run the tests
#   make PYTHON=python3.13 test   the same with another interpreter

PYTHON ?= python3
VENVS ?= .venv

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The extras that go into each environment.
EXTRAS_demo := demo
EXTRAS_benchmarks := benchmarks
EXTRAS_test := test,torch,clients
EXTRAS_docs := docs,torch
EXTRAS_oldest := test

# The constraints that each is installed with.
CONSTRAINTS_oldest := constraints-oldest.txt

DEMO := $(VENVS)/demo/bin/python
BENCHMARKS := $(VENVS)/benchmarks/bin/python
TEST := $(VENVS)/test/bin/python
DOCS := $(VENVS)/docs/bin/python
OLDEST := $(VENVS)/oldest/bin/python

.PHONY: help
help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 20

# One process of tests for each core. Each begins with its own share of the tests, and
# takes from the others when it has none left. With one failure to look into, add
# ARGS="-n 0 ..." to have the tests in one process.
PARALLEL := -n auto --dist worksteal

.PHONY: demo
demo: $(VENVS)/demo/installed  ## tune a pipeline on a credit-scoring table; draws demo.png
	MPLBACKEND=Agg $(DEMO) docs/examples/plot_credit_scoring.py demo.png

.PHONY: test
test: $(VENVS)/test/installed  ## run the tests, except the slow ones
	$(TEST) -m pytest $(PARALLEL) $(ARGS)

.PHONY: test-all
test-all: $(VENVS)/test/installed  ## run the tests, slow ones too
	$(TEST) -m pytest $(PARALLEL) -m "not gpu" $(ARGS)

.PHONY: test-oldest
test-oldest: $(VENVS)/oldest/installed  ## run our own tests with the oldest dependencies
	$(OLDEST) -m pytest $(PARALLEL) -W ignore::DeprecationWarning --ignore=tests/conformance \
	  --deselect=tests/test_docstrings.py $(ARGS)

.PHONY: lint
lint: $(VENVS)/test/installed  ## check style and formatting
	$(TEST) -m ruff check .
	$(TEST) -m ruff format --check .

.PHONY: types
types: $(VENVS)/test/installed  ## check types
	$(TEST) -m mypy

.PHONY: docs
docs: $(VENVS)/docs/installed  ## build the documentation, and check its pages; a warning is an error
	$(DOCS) -m sphinx -b html -W --keep-going docs docs/_build/html
	$(DOCS) docs/check_site.py docs/_build/html
	@echo "Open docs/_build/html/index.html"

.PHONY: benchmarks
benchmarks: $(VENVS)/benchmarks/installed  ## run the benchmarks; takes long
	@set -e; for script in $(sort $(wildcard benchmarks/*.py)); do \
	  case $$script in */_*) continue;; esac; \
	  echo "$$script"; $(BENCHMARKS) $$script $(ARGS); \
	done

.PHONY: clean
clean:  ## remove everything that the targets above made
	rm -rf $(VENVS) demo.png build dist .mypy_cache .pytest_cache .ruff_cache
	rm -rf docs/_build docs/gallery docs/generated docs/sg_execution_times.rst
	find sklearn_hp tests benchmarks docs -name __pycache__ -type d -prune \
	  -exec rm -rf {} + 2>/dev/null || true

# "installed" is written last, so that an environment whose installation was
# interrupted is made again.
$(VENVS)/%/installed: pyproject.toml constraints.txt constraints-oldest.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.13"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo "$(PYTHON) cannot make a virtual environment:" \
	    "install its venv module (on Debian and Ubuntu: python3-venv)"; exit 1; }
	@echo "Making $(@D) with the extra [$(EXTRAS_$*)]; this takes a minute or two"
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint $(or $(CONSTRAINTS_$*),constraints.txt) --editable ".[$(EXTRAS_$*)]"
	@touch $@
