.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVE ?= 1
ONLY ?=
# Two cores: one test worker each.
WORKERS ?= 2
export DO_NOT_TRACK := 1
export DAGSTER_DISABLE_TELEMETRY := 1
export PYTHONWARNINGS := ignore
# Compiled once, at installation and at first import: compiling dbt and Dagster anew costs every process seconds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help
help: ## show what each target does
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

.PHONY: prerequisites
prerequisites:
	@command -v git >/dev/null || { echo "git was not found: install it (Debian: apt-get install git)"; exit 2; }
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found: install Python 3.11 or newer (Debian: apt-get install python3 python3-venv)"; exit 2; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"found Python {v[0]}.{v[1]}, expected 3.11 or newer: make PYTHON=/path/to/python3.11")'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) has no venv module: install it (Debian: apt-get install python3-venv)"; exit 2; }

$(VENV)/.installed: requirements.lock pyproject.toml package.json package-lock.json | prerequisites
	@echo "installing into $(VENV) (about a minute the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip --quiet --disable-pip-version-check install uv
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv --quiet pip sync --compile-bytecode requirements.lock
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv --quiet pip install --no-deps --no-build-isolation --editable .
	@PATH=$(CURDIR)/$(BIN):$$PATH $(BIN)/npm ci --silent --ignore-scripts
	@touch $@

.PHONY: install
install: $(VENV)/.installed ## install everything into .venv (run and test do it themselves)

.PHONY: run
run: $(VENV)/.installed ## run the whole pipeline on the demo network and serve it; SERVE=0 ends after the summary
	@$(BIN)/hostread run $(if $(filter 0,$(SERVE)),--no-serve,)

.PHONY: test
test: $(VENV)/.installed ## run the whole test suite, with coverage in one line; what failed is the last thing said
	@PYTEST_PLUGINS=tests.lines $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --cov --cov-report= $(ARGS)

.PHONY: coverage
coverage: $(VENV)/.installed ## which lines the last `make test` did not reach, file by file
	@$(BIN)/coverage report

.PHONY: check
check: $(VENV)/.installed ## format, lint, types, SQL style, import contracts, dbt parse, Dagster definitions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/tests orchestration/migrations
	$(BIN)/lint-imports
	$(BIN)/hostread check

.PHONY: bench
bench: $(VENV)/.installed ## measure, one JSON line a figure; ONLY=name runs one
	@$(BIN)/python -m benchmarks $(ONLY)

.PHONY: chaos
chaos: $(VENV)/.installed ## kill collectors and PostgreSQL under load, and hold a ledger against the marts; SEED=n replays a run
	@$(BIN)/python -m benchmarks.chaos --seed $(or $(SEED),20260101) $(ARGS)

.PHONY: score
score: $(VENV)/.installed ## measure accuracy on 20 simulated worlds and write docs/score-sheet.*; a second call goes on; ARGS="--seeds 40"
	@$(BIN)/python -m benchmarks.score $(ARGS)

.PHONY: large
large: $(VENV)/.installed ## hold every count of the hundred tenants of `large` against the truth, group by group; a second call goes on
	@$(BIN)/python -m benchmarks.large

.PHONY: lock
lock: $(VENV)/.installed ## resolve requirements.lock and package-lock.json anew
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links --extra dev pyproject.toml -o requirements.lock
	PATH=$(CURDIR)/$(BIN):$$PATH $(BIN)/npm install --package-lock-only --silent

.PHONY: clean
clean: ## delete the embedded database, the demo world and what was installed
	@test ! -x $(BIN)/hostread || $(BIN)/hostread reset --yes
	rm -rf $(VENV) node_modules .hostread
