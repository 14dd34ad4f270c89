# `make` alone lists what there is. Every target makes and updates .venv by itself.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# More words for the command of a target: make test ARGS="-k polling", make bench ARGS="--sources 200"
ARGS ?=
# Draws the pictures of a bench, so that what is measured does not find numpy beside it.
PLOT := build/plot

.DEFAULT_GOAL := help
.PHONY: help run test test-slow test-browser lint format bench soak soak-live bad-day pictures clean install uninstall
.SILENT: install uninstall

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.has-run ## run the daemon on feeds.toml; Ctrl-C ends it
	$(BIN)/aggregator $(ARGS) run

SELECT := -m "not slow and not browser"
test: $(VENV)/.has-test ## run the tests, without the slow ones and those in a browser
	$(BIN)/python -m pytest -n auto $(SELECT) $(ARGS)

test-slow: SELECT := -m slow
test-slow: test ## run the slow tests

AXE := tests/browser/node_modules/axe-core
test-browser: $(VENV)/.has-browser $(AXE) ## open the pages in Chromium, which has to be installed
	$(BIN)/python -m pytest -n auto -m browser $(ARGS)

$(AXE): tests/browser/package.json
	npm --prefix tests/browser install --no-audit --no-fund --no-package-lock
	@touch $@

lint: $(VENV)/.has-test ## look for mistakes and untidy code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict

format: $(VENV)/.has-test ## tidy the code, mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.has-bench $(PLOT)/.has-plot ## measure everything, write docs/benchmarks.md; see bench/README.md
	$(BIN)/python -m bench $(ARGS)
	$(PLOT)/bin/python -m bench.plots build/bench.json docs/images

soak: $(VENV)/.has-bench ## simulate two hours of 2,000 sources, a third of them misbehaving
	$(BIN)/python -m bench.soak $(ARGS)

soak-live: $(VENV)/.has-plot ## run the real daemon under load for ten minutes and draw what it takes
	$(BIN)/python -m bench.soak.live --out build/soak $(ARGS)

bad-day: $(VENV)/.has-browser ## ten minutes of full disks, kills and mistakes at once; as root, or unshare -rm
	$(BIN)/python -m bench.soak.bad_day --out build/bad-day $(ARGS)

pictures: $(VENV)/.has-browser ## take the documentation's pictures anew, of the demo, in Chromium
	$(BIN)/python -m bench.screenshots
	$(BIN)/python -m bench.recording

# Where `make install` puts things; a package is built with PREFIX=/usr DESTDIR=/its/folder.
PREFIX ?= /usr/local
DESTDIR ?=
LIBDIR := $(PREFIX)/lib/aggregator
DOCDIR := $(PREFIX)/share/doc/aggregator
UNITDIR := $(PREFIX)/lib/systemd/system
UNITS := aggregator.service aggregator.socket aggregator-poll.service aggregator-poll.timer
SNIPPETS := sysusers tmpfiles
# Extras to install as well: FEATURES=[fulltext]
FEATURES ?=
# A wheel that is there already, in place of this folder; and more words for pip.
WHEEL ?=
PIP_OPTIONS ?=
ENVIRONMENT := $(DESTDIR)$(LIBDIR)
# What the installed files are to say in place of a path of Debian's.
PLACES := s|/usr/bin/aggregator|$(PREFIX)/bin/aggregator|; s|/usr/share/doc/aggregator|$(DOCDIR)|

install: ## install for the whole system, with systemd units: sudo make install
	$(CHECK_PYTHON)
	$(PYTHON) -m venv --clear "$(ENVIRONMENT)"
# From a copy: setuptools writes beside what it builds, and this may be root in somebody's clone.
	copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && \
	cp -r aggregator pyproject.toml README.md LICENSE "$$copy" && \
	what="$(WHEEL)" && "$(ENVIRONMENT)/bin/python" -m pip install --quiet --no-compile \
		--disable-pip-version-check $(PIP_OPTIONS) "$${what:-$$copy}$(FEATURES)"
	"$(ENVIRONMENT)/bin/python" -m compileall -q -j 0 $(if $(DESTDIR),-s "$(DESTDIR)" -p /) \
		"$(ENVIRONMENT)/lib"
# Scripts name the folder they were installed into, which DESTDIR is not.
	find "$(ENVIRONMENT)/bin" -type f -delete
	chmod -R go+rX "$(ENVIRONMENT)"
	printf '#!/bin/sh\nexec %s/bin/python -I -m aggregator "$$@"\n' "$(LIBDIR)" | \
		install -D -m 755 /dev/stdin "$(DESTDIR)$(PREFIX)/bin/aggregator"
	for unit in $(UNITS); do sed '$(PLACES)' "systemd/$$unit" | \
		install -D -m 644 /dev/stdin "$(DESTDIR)$(UNITDIR)/$$unit" || exit; done
	for kind in $(SNIPPETS); do install -D -m 644 "systemd/aggregator.$$kind" \
		"$(DESTDIR)$(PREFIX)/lib/$$kind.d/aggregator.conf" || exit; done
	install -d -m 755 "$(DESTDIR)$(DOCDIR)/monitoring" "$(DESTDIR)/etc/aggregator"
	install -m 644 docs/*.md CHANGELOG.md LICENSE systemd/*.conf feeds.toml "$(DESTDIR)$(DOCDIR)"
	install -m 644 monitoring/* "$(DESTDIR)$(DOCDIR)/monitoring"
# An existing one is left alone. Others may not read it: secrets are written into it.
	file="$(DESTDIR)/etc/aggregator/feeds.toml"; test -e "$$file" || \
		sed 's|^data_dir = "data" *|data_dir = "/var/lib/aggregator"  |' feeds.toml | \
		install -m 600 /dev/stdin "$$file"
	case "$$(readlink -f "$(ENVIRONMENT)/bin/python")" in /root/*|/home/*) \
		echo "warning: $(PYTHON) is in somebody's home, where the service may not look" >&2; \
		echo "install again with PYTHON=/usr/bin/python3" >&2;; esac
	echo 'installed; next: $(DOCDIR)/service.md, or on this machine, as root:'
	echo '  systemd-sysusers $(PREFIX)/lib/sysusers.d/aggregator.conf'
	echo '  systemd-tmpfiles --create $(PREFIX)/lib/tmpfiles.d/aggregator.conf'
	$(if $(filter /usr /usr/local,$(PREFIX)),,echo '  systemctl link $(UNITS:%=$(UNITDIR)/%)')
	echo '  systemctl daemon-reload && systemctl enable --now aggregator'

uninstall: ## remove what was installed; feeds.toml and data stay, unless PURGE=yes
	rm -rf "$(ENVIRONMENT)" "$(DESTDIR)$(DOCDIR)"
	rm -f "$(DESTDIR)$(PREFIX)/bin/aggregator"
	for unit in $(UNITS); do rm -f "$(DESTDIR)$(UNITDIR)/$$unit"; done
	for kind in $(SNIPPETS); do rm -f "$(DESTDIR)$(PREFIX)/lib/$$kind.d/aggregator.conf"; done
	$(if $(filter yes,$(PURGE)),rm -rf "$(DESTDIR)/etc/aggregator" "$(DESTDIR)/var/lib/aggregator")

clean: ## remove .venv and caches; data and feeds.toml stay
	rm -rf $(VENV) tests/browser/node_modules build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp for each set of packages, so that running needs no linters. The words are extras of
# pyproject.toml; a change there installs anew.
$(VENV)/.has-run: EXTRAS :=
$(VENV)/.has-test: EXTRAS := [fulltext,test,lint]
$(VENV)/.has-browser: EXTRAS := [fulltext,test,lint,browser]
$(VENV)/.has-bench: EXTRAS := [fulltext,test,lint,bench]
$(VENV)/.has-plot: EXTRAS := [fulltext,test,lint,bench,plot]
$(VENV)/.has-%: pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV), once; this can take a minute"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".$(EXTRAS)"
	@touch $@

# matplotlib alone; the words are those of the extra.
$(PLOT)/.has-plot: pyproject.toml | $(BIN)/python
	@echo "installing into $(PLOT), once; this can take a minute"
	$(PYTHON) -m venv --clear $(PLOT)
	$(PLOT)/bin/python -m pip install --quiet --disable-pip-version-check $$($(BIN)/python -c \
		'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["plot"])')
	@touch $@

# Debian's python3 without python3-venv can begin to make a .venv and not finish it: look first.
define CHECK_PYTHON
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
endef

$(BIN)/python:
	$(CHECK_PYTHON)
	$(PYTHON) -m venv --clear $(VENV)
