# Every command of the course. A few lines each; what they run is in helpers/, tests/, benchmarks/.

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
# Notebooks start `jupyter` and `python` by name.
export PATH := $(CURDIR)/$(BIN):$(PATH)

QUIETLY := --quiet --disable-pip-version-check
# JupyterLab does not start for root unless told to; in a container there often is nobody else.
AS_ROOT := $(if $(filter 0,$(shell id -u 2>&1)),--allow-root)
# EXTRAS=1 adds what only some tests and `make bench` need: browser driver, nbgrader, peers.
ifdef EXTRAS
LOCK := requirements-extras.lock
else
LOCK := requirements.lock
endif
INSTALLED := .venv/installed-$(LOCK)

.PHONY: setup lab test check notebooks server stop lock

setup: .venv/helpers

# Rebuilt only when the lock file changes; `helpers` is a link to this folder.
.venv/helpers: $(INSTALLED) pyproject.toml
	$(BIN)/python -m pip install $(QUIETLY) --no-deps --no-build-isolation --editable .
	@touch $@

$(INSTALLED): $(LOCK)
	@$(PYTHON) -c "import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) else \
	'This course needs Python 3.11 to 3.13, and $(PYTHON) is ' + sys.version.split()[0] + '. Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)')"
	@$(PYTHON) -c "import ensurepip, venv" || (echo "This Python has no venv: sudo apt install python3-venv"; exit 1)
	@echo "Installing the packages of $(LOCK) into .venv: one to two minutes, once."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install $(QUIETLY) --no-deps --require-hashes -r $(LOCK)
	@touch $@

lab: setup
	@$(BIN)/python -m helpers.server run -- $(BIN)/jupyter-lab $(AS_ROOT) notebooks/00_start_here.ipynb $(LAB_ARGS)

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

# All of them, or some: make notebooks NOTEBOOKS=notebooks/01_flat_runs.ipynb
notebooks: setup
	$(BIN)/python -m tests.refresh_notebooks $(NOTEBOOKS)
	$(BIN)/ruff format --quiet notebooks
