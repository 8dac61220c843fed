# `make run` serves on SQLite, `make test` runs every check. Both set themselves up; they need python3 (3.11+) and make.
PYTHON ?= python3
BIN := .venv/bin
LOCK := $(BIN)/python -m pip install --quiet --require-hashes --requirement
SELF := $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .

.PHONY: run examples test lint types imports pytest mutants bench locks openapi clients clean

run: .venv/ready
	@$(BIN)/chalkline serve

# Decide the example accounts, and explain one: nothing is recorded.
examples: .venv/ready
	@$(BIN)/chalkline classify examples/accounts.csv --on 2022-03-15
	@echo
	@$(BIN)/chalkline classify examples/accounts.csv --on 2022-03-15 --explain "Coterra Energy"

test: lint types imports pytest

lint: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	if [ -f Dockerfile ]; then $(BIN)/hadolint Dockerfile; fi

types: .venv/ready-dev
	$(BIN)/mypy

imports: .venv/ready-dev
	$(BIN)/lint-imports

pytest: .venv/ready-dev
	$(BIN)/pytest -n 3 --dist worksteal $(PYTEST)

# Mutation testing of the decision core: every surviving mutant is one that the tests cannot tell from the rules.
mutants: .venv/ready-dev
	$(BIN)/mutmut run
	$(BIN)/mutmut results

# Each benchmark prints its peers, their versions and the ratios.
bench: .venv/ready-dev
	$(BIN)/python -m bench.core

# The document for people, and the bytes that the service answers.
openapi: .venv/ready
	$(BIN)/chalkline openapi --out openapi.yaml
	$(BIN)/chalkline openapi --json --out service/entrypoints/api/openapi/openapi.json

# Make clients from the document, compile them, and use each for one classification: needs npm, node and the network.
clients: .venv/ready-dev
	$(BIN)/python -m tests.clients

# Write the hash-locked requirements anew from pyproject.toml.
locks: .venv/ready-dev
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header \
	  --no-emit-find-links --no-emit-index-url --all-extras --group install --group dev --group bench \
	  pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header \
	  --no-emit-find-links --no-emit-index-url --group install --extra telemetry \
	  --constraint requirements-dev.lock pyproject.toml -o requirements.lock

clean:
	rm -rf .venv build *.egg-info mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

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
