# The commands of this project. `make run` and `make test` need Python 3.11, pip and make only.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO_ENV := DEBUG=off ALLOW_PRIVATE_DESTINATIONS=on

.PHONY: help setup run test test-services demo check format lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/:/' | column -t -s:

setup: $(STAMP) .env ## virtual environment with the locked packages, and a .env with fresh keys

$(STAMP): requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

.env: .env.example | $(STAMP)
	@test -f .env || $(BIN)/python -m backoffice.make_env .env.example .env

run: setup ## everything on this machine (web, dispatcher and simulated store), with sample data
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@ALLOW_PRIVATE_DESTINATIONS=on $(BIN)/python manage.py load_sample
	@ALLOW_PRIVATE_DESTINATIONS=on $(BIN)/python manage.py run_local

test: $(STAMP) ## the default suite; needs no service
	$(BIN)/pytest -n 2 --dist worksteal -q

test-services: setup ## against real services; needs node and npm, and fails where one is missing
	$(BIN)/pytest -m services -q tests/services

demo: setup ## the main job from end to end, without a browser; fails if the store shows anything else
	@$(DEMO_ENV) $(BIN)/python manage.py demo

check: setup ## format, lint, types, imports, migrations, templates, system checks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html')
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING

format: $(STAMP) ## put everything in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djade --target-version 5.2 $$(git ls-files 'templates/*.html')

lock: $(STAMP) ## write requirements*.txt anew from requirements*.in
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --upgrade requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --upgrade requirements-dev.in -o requirements-dev.txt

clean: ## remove what the other targets made (never the database)
	rm -rf $(VENV) staticfiles .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis tests/services/vendure/node_modules
