# The only door: make run, test, lint, docs, bench, verify, clean. `make` alone explains them.
#
# Everything is installed into .venv of this folder; which packages is declared in pyproject.toml and
# pinned in constraints.txt. Where packages come from is your pip's and uv's own configuration.

PYTHON ?= python3
# Compiled modules are kept, or every process would compile hundreds of files again.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
DECLARED := $(shell cat pyproject.toml constraints.txt 2>/dev/null | cksum | cut -d' ' -f1)

# $(call install,STAMP,GROUPS): install these dependency groups once for each content of the two files
define install
	@test -f $(VENV)/$(1)-$(DECLARED) || { \
	  echo "Installing into $(VENV): $(2)" && \
	  if test -x $(BIN)/uv; then \
	    $(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt \
	      $(foreach group,$(2),--group $(group)) --editable '.[client,plot]'; \
	  else \
	    $(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1' && \
	    $(BIN)/python -m pip install --quiet --constraint constraints.txt \
	      $(foreach group,$(2),--group $(group)) --editable '.[client,plot]'; \
	  fi && rm -f $(VENV)/$(1)-* && touch $(VENV)/$(1)-$(DECLARED); }
endef

.DEFAULT_GOAL := help
.PHONY: help run install test test-tools lint format docs bench verify constraints clean

help: ## say what there is
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: install ## start the whole hub on this machine; stop it with Ctrl-C
	@$(BIN)/python -m hub run

install: $(BIN)/python ## make the environment (part of run)
	$(call install,hub,hub dashboards)
	@test -f $(VENV)/compiled-$(DECLARED) || test ! -f agrigen/_kernels/__main__.py || { \
	  echo "Compiling the numerical loops" && $(BIN)/python -m agrigen._kernels && \
	  rm -f $(VENV)/compiled-* && touch $(VENV)/compiled-$(DECLARED); }
	@$(BIN)/python -m hub.local.web

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "AgriGen needs Python 3.11 or newer; name one: make run PYTHON=python3.12"; exit 1; }
	@echo "Making the environment $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make environments. On Debian and Ubuntu: apt-get install python3-venv"; \
	  exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv \
	  || echo "uv cannot be installed; pip is used instead, which takes longer"

test: install test-tools ## run all tests, a real browser included
	@$(BIN)/python -m pytest -m 'not slow' -n logical --maxprocesses 4 --dist loadfile $(PYTEST_ARGS)

test-tools: install
	$(call install,test,hub dashboards user test lint)
	@.ci/tools

lint: install ## check style, types and who imports whom
	$(call install,test,hub dashboards user test lint)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## put the code in the house form
	$(call install,test,hub dashboards user test lint)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: install ## write the reference pages that are made from the code
	$(BIN)/python -m hub.reference
	$(BIN)/python -m extensions openapi
	$(BIN)/python -m extensions authorization

bench: install test-tools ## measure time and memory
	@for file in tests/benchmarks/*.py; do echo "$$file" && $(BIN)/python "$$file"; done

verify: install test-tools ## the long statistical verification
	$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

constraints: install ## pin what pyproject.toml asks for
	echo uv | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --no-header \
	  --no-annotate --no-emit-index-url --no-emit-find-links --all-extras \
	  $(foreach group,hub dashboards user test lint,--group pyproject.toml:$(group)) \
	  pyproject.toml - --output-file constraints.txt

clean: ## remove environment and caches; the hub's data in var/ stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache \
	  dist extensions/collect/static extensions/collect/web/node_modules extensions/collect/web/installed
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@test ! -d var || echo "The data of the local hub are kept in var/; remove that folder to lose them."
