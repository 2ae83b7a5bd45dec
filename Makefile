# Two commands set up everything on a fresh machine with Python >= 3.11: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup

.PHONY: setup demo test check bench fire test-peers lock schema matrix clean

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Sharewire needs Python 3.11 or newer, this is %s; try make PYTHON=python3.12" % sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $(STAMP)

demo: setup
	@$(BIN)/sharewire demo

# Compiled first: the tests start some hundreds of processes, and an environment may forbid each to keep what it compiled.
test: setup
	@$(BIN)/python -m compileall -q bot tests
	@$(BIN)/python -m pytest -q -n 3 --dist worksteal -m "not peers"

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test

# Against real third-party servers; installs them from npm and PyPI into ./node_modules, .peers and .venv-peers (2 GB).
# What cannot be installed here is skipped, and the skip says why. About 20 minutes on two cores, the half of it once.
test-peers: setup
	@tests/peers/ghost/install & ghost=$$!; tests/peers/install; done=$$?; \
	wait $$ghost || echo "Ghost could not be installed, see above: its tests are skipped"; exit $$done
	$(BIN)/python -m pytest -q -m peers tests/peers

bench: setup
	@$(BIN)/python -m tests.benchmarks

# Workers killed a hundred times in bad weather, on SQLite and on Postgres, and a newsday by six ways at once: about
# twenty minutes. One newsday by itself: .venv/bin/python -m tests.fire articles SEED
fire: setup
	@$(BIN)/python -m tests.fire

# The one way to make the lock: hashes, every platform, no index URL.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --group dev --custom-compile-command 'make lock' pyproject.toml -o requirements.lock

schema: setup
	@$(BIN)/sharewire config schema > config/bot.schema.json

# The table in docs/exactly-once.md, from the one that the crash tests hold the worker to.
matrix: setup
	@$(BIN)/python -m tests.crash.outcomes

clean:
	rm -rf $(VENV) .venv-peers .peers node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
