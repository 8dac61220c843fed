# `make run` serves on SQLite, `make fast` checks a change, `make test` runs every check. All set themselves up; they
# need python3 (3.11+) and make. `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
LOCK := $(BIN)/python -m pip install --quiet --require-hashes --requirement
SELF := $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
# Else each of the tests' processes would compile the program anew.
unexport PYTHONDONTWRITEBYTECODE
COMPILE := $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header \
  --no-emit-find-links --no-emit-index-url

.PHONY: run demo examples help fast fix test prerequisites lint types imports unit pytest cover mutants bench shots openapi clients locks clean

run: .venv/ready ## Serve on SQLite.
	@$(BIN)/chalkline serve

# What is recorded stays: the examples have a database of their own.
EXAMPLES := CHALKLINE_DATABASE_URL=sqlite:///data/examples.db $(BIN)/chalkline
demo: .venv/ready ## Record the example accounts in a database of their own, and serve them at the console.
	@mkdir -p data
	@$(EXAMPLES) migrate
	@$(EXAMPLES) bulk classify examples/accounts.csv --record --on 2022-03-15 --out data/examples.decisions.csv --json >/dev/null
	@$(EXAMPLES) serve

examples: .venv/ready ## Decide the example accounts, and explain one: nothing is recorded.
	@$(BIN)/chalkline classify examples/accounts.csv --on 2022-03-15
	@echo
	@$(BIN)/chalkline classify examples/accounts.csv --on 2022-03-15 --explain "Coterra Energy"

help: ## List what can be made.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-14s%s\n", $$1, $$2 }' Makefile

fast: .venv/ready-dev ## Check a change in half a minute: lint, types, imports, and the unit tests of rules and formats.
	@$(MAKE) --no-print-directory --jobs 2 unit types imports lint

fix: .venv/ready-dev ## Mend what the linter can mend, and format.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What this machine lacks is said first; pytest then ends with 77 where it would have ended well (tests/prerequisites.py).
test: .venv/ready-test prerequisites lint types imports pytest ## Run every check, on SQLite, PostgreSQL and every engine.

prerequisites: .venv/ready-test ## Say which PostgreSQL and which Java the tests use here.
	@$(BIN)/python -W ignore -m tests.prerequisites

lint: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	if [ -f Dockerfile ]; then $(BIN)/hadolint Dockerfile; fi

types: .venv/ready-dev
	$(BIN)/mypy

imports: .venv/ready-dev
	$(BIN)/lint-imports

unit: .venv/ready-dev
	$(BIN)/pytest --quiet -m "not law and not slow" tests/domain tests/crm

pytest: .venv/ready-test ## Run the tests alone; PYTEST="-k moves" chooses among them.
	$(BIN)/pytest -n 4 --dist worksteal $(PYTEST)

cover: .venv/ready-test ## Which lines and branches no test reaches; PYTEST chooses the tests.
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 4 --dist worksteal $(PYTEST)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --show-missing

# Every surviving mutant is one that the tests cannot tell from the rules.
mutants: .venv/ready-dev ## Mutation testing of the decision core.
	$(BIN)/mutmut run
	$(BIN)/mutmut results

bench: .venv/ready-test ## Time the decision core; each benchmark prints its peers, their versions and the ratios.
	$(BIN)/python -m bench.core

# The document for people, and the bytes that the service answers.
shots: .venv/ready-test ## Take the README's pictures of the console anew, of sample data.
	$(BIN)/python -W ignore -m tests.browser.shots docs/images

openapi: .venv/ready ## Write openapi.yaml anew.
	$(BIN)/chalkline openapi --out openapi.yaml
	$(BIN)/chalkline openapi --json --out service/entrypoints/api/openapi/openapi.json

clients: .venv/ready-dev ## Make clients from openapi.yaml, and use each once: needs npm, node and the network.
	$(BIN)/python -m tests.clients

locks: .venv/ready-dev ## Write the hash-locked requirements anew from pyproject.toml.
	$(BIN)/python -m pip install --quiet uv
	$(COMPILE) --extra telemetry --group install --group dev --group bench pyproject.toml -o requirements-dev.lock
	$(COMPILE) --constraint requirements-dev.lock --group pyproject.toml:engines -o requirements-engines.lock
	$(COMPILE) --constraint requirements-dev.lock --extra telemetry --group install pyproject.toml -o requirements.lock

clean: ## Remove the environment and everything that was made.
	rm -rf .venv build *.egg-info mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Chalkline needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Setting up .venv (the first time only) ..."
	@$(PYTHON) -m venv .venv || \
	  { echo "Python's venv module is not complete here. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

.venv/ready: .venv/python requirements.lock pyproject.toml
	@$(LOCK) requirements.lock
	@$(SELF)
	@touch $@

.venv/ready-dev: .venv/python requirements-dev.lock pyproject.toml
	@$(LOCK) requirements-dev.lock
	@$(SELF)
	@touch .venv/ready $@

# The engines that are extras, half a gigabyte of them, and a Java.
.venv/ready-test: .venv/ready-dev requirements-engines.lock
	@$(LOCK) requirements-engines.lock
	@touch $@
