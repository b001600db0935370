# Everything starts from Python 3.11 or newer and make: `make demo` to see it, `make test` to trust it.
.DEFAULT_GOAL := help
.PHONY: help install demo test eval check format bench picture lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEVELOPED := $(VENV)/.developed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-header
# Two more than two cores: a screen under test spends half of its time waiting for itself.
PYTEST_WORKERS ?= 4

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 10

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Billing Help needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): requirements-build.lock requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r requirements-build.lock
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	@touch $@

$(DEVELOPED): requirements-dev.lock $(INSTALLED)
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

install: $(INSTALLED) ## Set up .venv with the locked dependencies

demo: $(INSTALLED) ## Open the app on a throw-away store of believable customers
	@$(BIN)/billinghelp demo

test: $(DEVELOPED) ## Run the tests, PostgreSQL included
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile

eval: $(DEVELOPED) ## Judge the guide's answers: by rules, and by a model where one is configured
	@$(BIN)/python -m tests.evals

check: $(DEVELOPED) ## Check format, lint, types and the import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEVELOPED) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(DEVELOPED) ## Measure speed and memory, as ratios within one run
	$(BIN)/python -m tests.benchmarks

picture: $(DEVELOPED) ## Make the README's pictures with the app itself
	$(BIN)/python -m tests.picture docs

lock: $(BIN)/python ## Resolve the dependencies anew
	$(BIN)/python -m pip install --quiet uv
	echo 'setuptools>=77' | $(COMPILE) - -o requirements-build.lock
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) --extra dev --constraint requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## Remove what was made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
