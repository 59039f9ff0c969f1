# Every target sets up what it needs, from a clean clone on: only git, make, curl and Python >= 3.11
# are expected. What is set up lives in .venv; remove it (make clean) to start over.

.DEFAULT_GOAL := setup
.PHONY: setup serve demo test drill conformance check bench openapi docs lock revision clean
# Paths stay relative, so that a checkout in a folder with a space in its name works.
BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input

setup: .venv/.installed ## Make .venv and install the locked dependencies and the service
	@:

# Installed again only when what is installed has changed.
.venv/.installed: requirements-dev.lock pyproject.toml
	@python=$$(tools/find-python) && \
	  { $(BIN)/python -m pip --version >/dev/null 2>&1 || "$$python" -m venv --clear .venv; }
	@echo "Installing the dependencies into .venv ..." >&2
	@$(PIP) install --require-hashes -r requirements-dev.lock >&2
	@$(PIP) install --no-build-isolation --no-deps --editable . >&2
	@touch $@

serve: setup ## Run the service on BTC_HOST, BTC_PORT with its data in BTC_DATA_DIR
	@exec $(BIN)/btc serve

demo: setup ## Tell a whole trade through the API and keep serving (ARGS=--exit: stop after it)
	@exec $(BIN)/btc demo $(ARGS)

test: setup ## Run the tests (ARGS="tests/db -k roles" for some of them)
	@tools/find-browser >/dev/null || echo "They are left out." >&2
	@$(BIN)/python -m pytest -n 2 $(ARGS)

drill: setup ## The long fault runs: kill the service and its Postgres under load
	@$(BIN)/python -m pytest -m drill tests/drills $(ARGS)

conformance: setup ## EPCIS documents against the standard's own schema and examples, in BTC_EPCIS_DIR
	@test -f "$(BTC_EPCIS_DIR)/EPCIS-JSON-Schema.json" || { \
	  echo 'Set BTC_EPCIS_DIR to a folder with EPCIS-JSON-Schema.json and examples/ of GS1 EPCIS 2.0' >&2; exit 1; }
	@BTC_EPCIS_DIR="$(BTC_EPCIS_DIR)" $(BIN)/python -m pytest tests/epcis/conformance.py $(ARGS)

check: setup ## Formatting, lint, types, layers, and the migrations' SQL
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@mkdir -p .btc && $(BIN)/btc migrate --sql > .btc/migrations.sql
	@$(BIN)/squawk --config .squawk.toml .btc/migrations.sql

bench: setup ## Measure, side by side in one run
	@$(BIN)/python -m bench $(ARGS)

openapi: setup ## Print the OpenAPI document (make -s openapi)
	@$(BIN)/btc openapi

docs: setup ## Write the documents that are made from the code
	@$(BIN)/python -m tools.docs

COMPILE = $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 \
  --generate-hashes --no-emit-index-url --custom-compile-command "make lock" pyproject.toml
lock: setup ## Resolve the dependencies anew (ARGS=--upgrade for the newest)
	@$(PIP) install uv
	@$(COMPILE) --extra build --output-file requirements.lock $(ARGS)
	@$(COMPILE) --extra build --extra dev --constraint requirements.lock \
	  --output-file requirements-dev.lock $(ARGS)

revision: setup ## Draft a migration from the models' changes: make revision m="what it does"
	@test -n "$(m)" || { echo 'Say what it does: make revision m="what it does"' >&2; exit 1; }
	@$(BIN)/python tools/revision.py "$(m)"

clean: ## Remove what make has made (never the service's data)
	@rm -rf .venv .btc .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
	  build *.egg-info
	@find app tests alembic -name __pycache__ -type d -prune -exec rm -rf {} +
