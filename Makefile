# Everything that is done with this repository, by name: `make help`.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
CORE := --editable .
# All extras but vllm, which runs on GPUs alone and holds many libraries to older versions.
PINNED := --extra docs --extra eval --extra otlp --extra train --extra vision
EVERYTHING := --editable '.[docs,eval,otlp,train,vision]' --group dev

# Two threads on a small shared machine can be many times slower than one, and spinning ones starve the others.
export OMP_NUM_THREADS := 1
export OMP_WAIT_POLICY := PASSIVE
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# A type check never asks a registry whether there is a newer checker.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
ifdef PIP_FIND_LINKS  # uv does not read pip's variables
empty :=
comma := ,
export UV_FIND_LINKS := $(subst $(empty) $(empty),$(comma),$(strip $(PIP_FIND_LINKS)))
endif

# With uv where it can be installed and reaches an index, else with a pip that knows dependency groups.
define install
{ [ -x $(BIN)/uv ] && \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --constraints constraints.txt $(1); } || \
	{ $(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1' && \
	  $(BIN)/python -m pip install --quiet --constraint constraints.txt $(1); }
endef

.PHONY: help
help:  ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(VENV)/.dev  ## Make .venv with every extra and the development tools (the commands below do it by themselves)

$(VENV)/.python:
	@echo 'Making $(VENV) …'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt uv || echo 'no uv here: pip will do, more slowly'
	@touch $@

$(VENV)/.core: $(VENV)/.python pyproject.toml constraints.txt
	@echo 'Installing questline …'
	@$(call install,$(CORE))
	@touch $@

$(VENV)/.dev: $(VENV)/.python pyproject.toml constraints.txt
	@echo 'Installing every extra and the development tools …'
	@$(call install,$(EVERYTHING))
	@touch $(VENV)/.core $@

.PHONY: demo
demo: $(VENV)/.core  ## Index docs/ and ask it three questions; needs only the core install
	@$(SHELL) docs/demo.sh

.PHONY: serve
serve: $(VENV)/.core  ## Answer over HTTP on 127.0.0.1, from the index in .questline
	$(BIN)/agents serve

.PHONY: check
check: lint types  ## Before a commit: format, lint, types, fast tests (about 3 minutes, no npm, no torch)
	$(BIN)/python -P -m pytest -q -n $(WORKERS) -m 'not slow and not data'

.PHONY: test
test: lint types programs  ## Before a push, and in CI: all of `check`, every other test, branch coverage of 90 %
	$(BIN)/python -P -m pytest -n $(WORKERS) --cov --cov-report=term --cov-fail-under=90 --durations=15

# CONFORMANCE=required, which CI sets, lets nothing pass where npm or its registry is missing.
.PHONY: programs
programs: $(VENV)/.dev
	@$(BIN)/python -P tests/conformance/install.py || { \
	  [ "$${CONFORMANCE:-}" != required ] && echo 'Without the official programs their tests are skipped.'; }

.PHONY: conformance
conformance: export CONFORMANCE := required
conformance: programs  ## The protocol's official suite and Inspector over our layers (fetched once, from the npm registry)
	$(BIN)/python -P -m pytest -q -n 0 tests/conformance

.PHONY: lint
lint: $(VENV)/.dev  ## Format and lint, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: types
types: $(VENV)/.dev  ## Check the types, strictly
	$(BIN)/pyright

.PHONY: format
format: $(VENV)/.dev  ## Mend format and what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: $(VENV)/.dev  ## Write docs/reference and the model cards again from the code and what was measured
	$(BIN)/python -P docs/generate.py
	$(BIN)/python -P docs/cards.py

.PHONY: results
results: $(VENV)/.dev  ## Measure everything in docs/results.md again (needs the evaluation data; well over an hour)
	docs/results/measure.sh

.PHONY: gpu-check
gpu-check: $(VENV)/.dev  ## On a machine with a CUDA GPU: train and run language models, rollouts and tokens a second, memory
	$(BIN)/python -P -m questline.training.benchmarks.gpu_check --json gpu_check.json

.PHONY: picture
picture: $(VENV)/.dev  ## Draw docs/pictures again: graph, report, a recorded terminal, traced questions
	$(BIN)/python -P docs/pictures/draw.py

.PHONY: constraints
constraints: $(VENV)/.dev  ## Pin anew in constraints.txt what pyproject.toml allows (UPGRADE=1 takes the newest)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 $(PINNED) --group dev $(if $(UPGRADE),--upgrade) \
	  --no-annotate --no-header --no-emit-index-url --no-emit-find-links pyproject.toml --output-file constraints.txt
	{ echo '# What development and CI install, for every platform. Regenerate with `make constraints`.'; \
	  cat constraints.txt; } > constraints.new && mv constraints.new constraints.txt

.PHONY: clean
clean:  ## Remove everything that is made: .venv, caches, indexes, builds
	rm -rf $(VENV) .questline .pytest_cache .ruff_cache .hypothesis .coverage .coverage.* dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
