# `make` alone lists what there is. Every target makes and updates .venv by itself.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# More words for the command of a target: make test ARGS="-k polling", make bench ARGS="--sources 200"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test test-slow lint format bench soak soak-live clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.has-run ## run the daemon on feeds.toml; Ctrl-C ends it
	$(BIN)/aggregator $(ARGS) run

SELECT := -m "not slow"
test: $(VENV)/.has-test ## run the tests, without the slow ones
	$(BIN)/python -m pytest -n auto $(SELECT) $(ARGS)

test-slow: SELECT := -m slow
test-slow: test ## run the slow tests

lint: $(VENV)/.has-test ## look for mistakes and untidy code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict

format: $(VENV)/.has-test ## tidy the code, mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.has-bench ## measure speed: reading, four jobs, duplicates; see bench/README.md
	$(BIN)/python -m bench.reading
	$(BIN)/python -m bench.jobs $(ARGS)
	$(BIN)/python -m bench.duplicates

soak: $(VENV)/.has-bench ## simulate two hours of 2,000 sources, a third of them misbehaving
	$(BIN)/python -m bench.soak $(ARGS)

soak-live: $(VENV)/.has-bench ## run the real daemon under load for ten minutes and draw what it takes
	$(BIN)/python -m bench.soak.live --out build/soak $(ARGS)

clean: ## remove .venv and caches; data and feeds.toml stay
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp for each set of packages, so that running needs no linters. The words are extras of
# pyproject.toml; a change there installs anew.
$(VENV)/.has-run: EXTRAS :=
$(VENV)/.has-test: EXTRAS := [fulltext,test,lint]
$(VENV)/.has-bench: EXTRAS := [fulltext,test,lint,bench]
$(VENV)/.has-%: pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV), once; this can take a minute"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".$(EXTRAS)"
	@touch $@

# Debian's python3 without python3-venv can begin to make a .venv and not finish it: look first.
$(BIN)/python:
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "error: there is no $(PYTHON): install Python 3.11 or newer" >&2; \
		echo "on Debian: apt install python3 python3-venv; elsewhere: make PYTHON=/path/to/python3" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "error: $(PYTHON) is $$($(PYTHON) -V 2>&1), and 3.11 or newer is needed" >&2; \
		echo "name another one: make PYTHON=/path/to/python3.11" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "error: $(PYTHON) cannot make virtual environments" >&2; \
		echo "on Debian: apt install python3-venv" >&2; \
		exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
