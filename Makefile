# `make run` compares history with its counterfactuals, `make test` runs the tests; both set up first.
PYTHON ?= python3
BIN := .venv/bin
QUICK := --ignore=tests/browser --ignore=tests/reliability

.DEFAULT_GOAL := help
.PHONY: help setup run app test test-fast test-slow durations reliability lint docs fit posteriors \
	reference check screenshots bench clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

setup: .venv/ready ## make .venv with the `midnight` command in it

.venv/ready: requirements.lock pyproject.toml
	@echo "Setting up .venv (a minute or two, the first time) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Midnight needs Python 3.11 or newer; try: make PYTHON=python3.12 setup"; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation --editable .
	@touch $@
	@echo "Ready: $(BIN)/midnight --help"

run: setup ## compare history with the counterfactuals that end in 1930, 100 seeds each
	@$(BIN)/midnight compare --seeds 100

app: setup ## watch a world unfold in the browser
	@$(BIN)/midnight app

test: setup ## run the tests
	@echo "Running the tests (a few minutes) ..."
	@$(BIN)/python -m pytest -n 2 --dist loadfile --durations=15

test-fast: setup ## run the quick tests, in under a minute
	@$(BIN)/python -m pytest --quick $(QUICK)

test-slow: setup ## run the long studies as well
	@$(BIN)/python -m pytest -m "slow or not slow"

durations: setup ## measure the quick tests, and list those that have become long
	@$(BIN)/python -m pytest --quick --measure $(QUICK)

reliability: setup ## repeat the long hostile trials, and print what they counted into the docs
	@rm -f results/reference/reliability.csv
	@MIDNIGHT_MEASURED=$(CURDIR)/results/reference/reliability.csv \
		$(BIN)/python -m pytest -m "slow or not slow" tests/reliability
	@$(BIN)/python docs/generate.py

lint: setup ## check format, style and types
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy

docs: setup ## write the generated parts of the documents
	@$(BIN)/python docs/generate.py

fit: setup ## search the prior for the default coefficients again
	@$(BIN)/midnight fit historical --trials 1600 --seeds 2

posteriors: setup ## calibrate anew what `run`, `compare` and `sources` draw from (an hour or two)
	@for set in greene-deutscher longuet either; do \
		folder=results/posteriors/historical-$$set; \
		if [ -e $$folder/calibration.json ]; then rm -rf $$folder; fi; \
		$(BIN)/midnight calibrate --evidence $$set --out $$folder || exit 1; \
	done
	@cd results/posteriors && rm -f */*.svg */*.nc */parameters.parquet */targets.parquet

reference: setup ## make anew the results that the documents show (some hours)
	@rm -rf results/reference/compare results/reference/1926-38 results/reference/attribute \
		results/reference/sources results/reference/check results/reference/chart
	@$(BIN)/midnight chart --out results/reference/chart
	@$(BIN)/midnight compare --seeds 100 --out results/reference/compare
	@$(BIN)/midnight run --seeds 200 --span 1926-38 --out results/reference/1926-38
	@$(BIN)/midnight check --out results/reference/check
	@$(BIN)/midnight attribute --draws 20 --out results/reference/attribute
	@$(BIN)/midnight sources --out results/reference/sources
	@cd results/reference && rm -rf */series.* */persons.* */draws.* */*.parquet */*.svg */*/

check: setup ## find sixty known truths again: simulation-based calibration (many hours)
	@$(BIN)/midnight check --simulations 60 --out results/check

screenshots: setup ## take the pictures of the browser's page, and the one the documents show
	@$(BIN)/python -m tests.browser.screenshots results/screenshots --best results/reference/app.png

bench: setup ## print speed ratios, measured side by side
	@$(BIN)/python -m benchmarks

clean: ## remove .venv and caches
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
