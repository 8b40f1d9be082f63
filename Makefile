# Every verb of the house. `make help` explains them; `make check` is what has to pass.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
LIBRARY := layers/core/python
ROOMS := $(LIBRARY) functions sandbox local scaffold bench cli
# The library is put on the path for tools that read it, never for what runs Lambda code: there it must
# come from the built layer.
WITH_LIBRARY := PYTHONPATH=$(CURDIR)/$(LIBRARY)
OFFLINE_SAM := SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-central-1
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.PHONY: help setup demo up test check gates build simulate bench bench-crms bench-quotas cost mapping openapi schemas new-crm format lint types walls coverage \
	template policies setup-bench setup-checkov lock clean

help: ## explain every verb
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ------------------------------------------------------------------------------------------------ the verbs

setup: ## create .venv and install the pinned, hashed requirements; quick when nothing changed
	@bash scaffold/setup.sh $(VENV) requirements/dev.txt

demo: setup ## deploy locally, keep CRMs in step, prove it [CRMS=kommo,hubspot,zoho SHORT=1 | DATA=folder | STORM=1]
	@$(PY) -m local demo $(if $(DATA),--data "$(DATA)") $(if $(CRMS),--crms "$(CRMS)") $(if $(SHORT),--short) \
		$(if $(STORM),--storm --things 400)

up: setup ## start the whole platform on this machine until interrupted [CRMS=kommo,zoho JSON=1]
	@$(PY) -m local up $(if $(CRMS),--crms "$(CRMS)") $(if $(JSON),--json)

test: setup ## run every test, fast and slow [ARGS="-k name -m 'not slow'"]
	@$(PY) -m pytest $(ARGS)

check: gates test ## everything that has to pass before a change is merged

build: setup ## build the Lambda artefacts with SAM: python3.13, arm64, on any host [TARGET=aws|local]
	@$(PY) -m local build $(if $(TARGET),--target $(TARGET))

simulate: setup ## run the engine through seeded faults [SEEDS=n FROM=n | SEED=n TRACE=1 | MUTANTS=1 | SWEEP=1]
	@$(WITH_LIBRARY) $(PY) -m tests.simulation $(if $(SEEDS),--seeds $(SEEDS)) $(if $(FROM),--from $(FROM)) \
		$(if $(SEED),--seed $(SEED)) $(if $(TRACE),--trace) $(if $(MUTANTS),--mutants) \
		$(if $(SWEEP),--sweep)

bench: setup setup-bench ## measure the engine's speed and its API calls per record [ARGS=…]
	@$(WITH_LIBRARY) $(PY) -m bench $(ARGS)

cost: setup ## count what a million changed records cost on AWS, line by line, at list prices [ARGS="--records 100"]
	@$(WITH_LIBRARY) $(PY) -m bench.cost $(ARGS)

mapping: setup ## write docs/mapping.md anew, and the capabilities in docs/crms: what each CRM holds and can do
	@$(WITH_LIBRARY) $(PY) -m tests.matrix

openapi: setup ## write docs/openapi.json anew: the API's description, from the declared routes
	@$(WITH_LIBRARY) $(PY) -m crmbridge.runtime.openapi docs/openapi.json

schemas: setup ## write docs/events anew: the schema of every kind of event that is published
	@$(WITH_LIBRARY) $(PY) -m crmbridge.runtime.event_schemas docs/events

bench-crms: setup ## simulate 100,000 contacts at each CRM under its limits, beside the floor [ARGS="--only kommo" | --quick]
	@$(WITH_LIBRARY) $(PY) -m bench.vendors $(ARGS)

bench-quotas: setup ## let crowds of workers share accounts in virtual time: refusals, use, noisy neighbours [ARGS="--seconds 60"]
	@$(WITH_LIBRARY) $(PY) -m bench.vendors.shared $(ARGS)

new-crm: setup ## scaffold connector, sandbox, fixtures, docs page and template block [name=close label="Close"]
	@$(PY) -m scaffold "$(name)" $(if $(label),--label "$(label)")

# ---------------------------------------------------------------------------------------- parts of the verbs

format: setup ## rewrite the code in the house format and apply safe fixes
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: setup ## format, lint, spelling and security checks
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/codespell
	@$(BIN)/bandit --quiet --recursive --configfile pyproject.toml --severity-level medium $(ROOMS)

types: setup ## pyright: strict everywhere, basic on tests
	@$(BIN)/pyright

walls: setup ## who may import whom
	@$(WITH_LIBRARY) $(BIN)/lint-imports --no-cache

template: setup ## sam validate and cfn-lint over template.yaml
	@$(OFFLINE_SAM) $(BIN)/sam validate --lint --template template.yaml
	@$(OFFLINE_SAM) $(BIN)/cfn-lint template.yaml

policies: ## checkov over template.yaml, when `make setup-checkov` has been run
	@if [ -x $(VENV)-checkov/bin/checkov ]; then \
		$(VENV)-checkov/bin/checkov --config-file .checkov.yaml --skip-download; \
	else echo "checkov: not set up, skipped (make setup-checkov)"; fi

gates: lint types walls template policies ## every check except the tests

coverage: setup ## branch coverage of the library; domain, webhooks and mapping are meant to reach 100 %
	@$(PY) -m pytest -m "not slow" --cov --cov-report=term --cov-report=html $(ARGS)

setup-bench: ## install the extract tool that is measured beside ours into its own environment
	@bash scaffold/setup.sh $(VENV)-bench requirements/bench.txt

setup-checkov: ## install checkov into its own environment
	@bash scaffold/setup.sh $(VENV)-checkov requirements/checkov.txt

lock: setup ## resolve and pin the requirements anew [ARGS=--upgrade]
	@$(LOCK) requirements/dev.in -o requirements/dev.txt $(ARGS)
	@$(LOCK) requirements/runtime.in -c requirements/dev.txt -o layers/deps/requirements.txt $(ARGS)
	@$(LOCK) requirements/checkov.in -o requirements/checkov.txt $(ARGS)
	@$(LOCK) requirements/bench.in -o requirements/bench.txt $(ARGS)

clean: ## remove environments, caches and built artefacts
	@rm -rf $(VENV) $(VENV)-bench $(VENV)-checkov .aws-sam .local .pytest_cache .ruff_cache .hypothesis htmlcov .coverage
