# Two commands do everything on a fresh machine with Python 3.11 or newer:
#   make demo    set up, feed in an invented consultation, show the report, keep serving until Ctrl-C
#   make test    set up and run the tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup setup-tests demo test check format schemas bench bad-files kafka kafka-down clean help

help: ## show what there is
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.ready ## make the environment in .venv

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: name one with make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.ready: requirements/runtime.txt pyproject.toml hatch_build.py | $(VENV)/.python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m services.web.styling
	@touch $@

setup-tests: $(VENV)/.ready-tests ## the same, with what the tests need

$(VENV)/.ready-tests: requirements/tests.txt examples/consumer/package-lock.json tests/asyncapi/package-lock.json $(VENV)/.ready
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tests.txt
	$(BIN)/python tests/support/node_packages.py
	@touch $@

demo: setup ## the demonstration, from the door to the report
	$(BIN)/survivor-voice demo

test: setup-tests ## all tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: setup-tests ## formatting, lint, types, imports, generated schemas
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m services.schemas check

format: setup-tests ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schemas: setup-tests ## write the schemas of the events anew
	$(BIN)/python -m services.schemas write

bench: setup-tests ## every benchmark, as ratios in one run
	$(BIN)/python benchmarks/log.py
	$(BIN)/python benchmarks/flow.py
	$(BIN)/python benchmarks/submit.py

bad-files: setup-tests ## what every kind of bad file gets, as a table; writes docs/bad-files.md
	@PYTHONPATH=tests/support $(BIN)/python tests/support/bad_files.py

kafka: setup ## a real Apache Kafka on loopback without Docker; SECURE=1: with TLS, SCRAM and ACLs
	@$(BIN)/python deploy/kafka/broker.py start $(if $(SECURE),--secure --folder .kafka/secure)

kafka-down: ## stop it; CLEAN=1 removes its data too
	@$(PYTHON) deploy/kafka/broker.py stop $(if $(CLEAN),--clean)
	@$(PYTHON) deploy/kafka/broker.py stop --folder .kafka/secure $(if $(CLEAN),--clean)

clean: ## remove the environment and what was built
	rm -rf $(VENV) services/web/static/built dist build *.egg-info
