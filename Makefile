# The commands of this project. `make run` and `make test` need Python 3.11, pip and make only.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# What the bench compares with has dependencies of its own.
BENCH_STAMP := .venv-bench/.installed
# Where `make test-services` finds what runs already; a database of its own is made there.
export POSTGRES_URL ?= postgres://postgres@127.0.0.1:5432/postgres
export RABBITMQ_URL ?= amqp://guest:guest@127.0.0.1:5672//
# What of the default suite depends on the database, but for what brings a SQLite file of its own.
ON_POSTGRESQL := tests/integrations tests/flows tests/status_mapping tests/vitrines \
	--ignore tests/integrations/test_dispatch_process.py
DEMO_ENV := DEBUG=off ALLOW_PRIVATE_DESTINATIONS=on

.PHONY: help setup run test fault-table test-services screenshots demo bench check format lock clean

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

# Where nothing is written, each worker and each process of a test compiles every file anew.
test: export PYTHONDONTWRITEBYTECODE =
test: $(STAMP) ## the default suite; needs no service
	$(BIN)/pytest -n 2 --dist worksteal -q

fault-table: $(STAMP) ## measure anew what a misbehaving platform gets, into integrations/README.md
	$(BIN)/pytest -q tests/faults --write-table

test-services: setup ## against real PostgreSQL, Redis, RabbitMQ, Vendure and chromium; fails where one is missing
	@$(BIN)/python -m tests.services.required
	TEST_DATABASE_URL=$(POSTGRES_URL) $(BIN)/pytest -n 2 --dist worksteal -q $(ON_POSTGRESQL)
	TEST_DATABASE_URL=$(POSTGRES_URL) $(BIN)/pytest -n 2 --dist loadfile -m services -q tests/services --ignore tests/services/browser
	$(BIN)/pytest -n 2 --dist loadfile -m services -q tests/services/browser

screenshots: setup ## take the pictures of README's guide anew; needs chromium
	GUIDE_PICTURES=backoffice/guide $(BIN)/pytest -m services -q tests/services/browser/test_guide.py

demo: setup ## the main job from end to end, without a browser; fails if the store shows anything else
	@$(DEMO_ENV) $(BIN)/python manage.py demo

bench: setup $(BENCH_STAMP) ## every figure of README's "Speed"; needs PostgreSQL, redis-server and half an hour
	@BENCH_DATABASE_URL=$(dir $(POSTGRES_URL))backoffice_bench $(BIN)/python manage.py bench_dispatch $(BENCH)

$(BENCH_STAMP): requirements-bench.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@

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
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --upgrade requirements-bench.in -o requirements-bench.txt

clean: ## remove what the other targets made (never the database)
	rm -rf $(VENV) .venv-bench staticfiles .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis tests/services/vendure/node_modules
