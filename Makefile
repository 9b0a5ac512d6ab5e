# Each target is one plain command; README.md lists them for machines without make.
PYTHON ?= python3
ARGS ?=

.PHONY: run test campaign lint bench clean

run: ## start Caseload; DEMO=0 for an empty registry
	$(PYTHON) scripts/run.py $(ARGS)

test: ## style, types and all tests; ARGS="tests/etl -k dates" for some
	$(PYTHON) scripts/test.py $(ARGS)

campaign: ## the long form of the slow tests: kills, sources of twenty days, random suites, moves
	CASELOAD_KILLS=60 CASELOAD_SOURCE_KILLS=40 CASELOAD_EXAMPLES=60 CASELOAD_SUITES=300 \
	CASELOAD_MACHINE=200 CASELOAD_PAIRS=1000 \
	$(PYTHON) scripts/test.py --no-lint tests/load tests/etl/test_suite_property.py

lint: ## style and types only
	$(PYTHON) scripts/test.py --lint

bench: ## measure the import of a million rows on both engines
	$(PYTHON) scripts/bench.py $(ARGS)

clean: ## remove the environment and caches; the registry in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
