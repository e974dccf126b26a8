# Every command of the course. A few lines each; what they run is in helpers/, tests/, benchmarks/.

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
# Notebooks start `jupyter` and `python` by name.
export PATH := $(CURDIR)/$(BIN):$(PATH)

# EXTRAS=1 adds what only some tests and `make bench` need: browser driver, nbgrader, peers.
ifdef EXTRAS
LOCK := requirements-extras.lock
else
LOCK := requirements.lock
endif
STAMP := .venv/installed-$(LOCK)

.PHONY: setup lab test check notebooks server stop lock

setup: $(STAMP)

# Rebuilt only when the lock file or pyproject.toml changes.
$(STAMP): $(LOCK) pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) else 'This course needs Python 3.11 to 3.13, but $(PYTHON) is ' + sys.version.split()[0] + '. Name another: make $(MAKECMDGOALS) PYTHON=python3.12')"
	$(PYTHON) -m venv --clear .venv
	@echo "Installing the packages of $(LOCK): one to two minutes, once."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lab: setup
	$(BIN)/python -m helpers.server run -- $(BIN)/jupyter-lab notebooks/00_start_here.ipynb $(LAB_ARGS)

test: setup
	$(BIN)/python -m pytest $(TEST_ARGS)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

server: setup
	$(BIN)/python -m helpers.server start

stop: setup
	$(BIN)/python -m helpers.server stop
