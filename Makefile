# Every command of the course. A few lines each; what they run is in helpers/, classroom/, tools/, tests/.

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# JupyterLab does not start for root unless told to; in a container there often is nobody else.
AS_ROOT := $(if $(filter 0,$(shell id -u 2>&1)),--allow-root)
# EXTRAS=1 adds what only authors need: linters, a browser's driver, nbgrader, peers to compare with.
# REQUIRE_ALL=1, which makes a test fail rather than be skipped, needs them too.
AUTHORS := .venv/helpers .venv/installed-extras

.PHONY: setup lab fresh test check notebooks confirm upgrade server stop lock grade bench screenshots site

setup: .venv/helpers $(if $(EXTRAS)$(REQUIRE_ALL),$(AUTHORS))

# A link to this folder is installed, so a change of its code needs no new set-up.
.venv/helpers: .venv/installed pyproject.toml
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# Rebuilt only when the lock file changes.
.venv/installed: requirements.lock
	@$(PYTHON) -c "import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) else \
	'This course needs Python 3.11 to 3.13, and $(PYTHON) is ' + sys.version.split()[0] + '. Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)')"
	@$(PYTHON) -c "import ensurepip, venv" || (echo "This Python has no venv: sudo apt install python3-venv"; exit 1)
	@echo "Installing the packages of $< into .venv: one to two minutes, once."
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) --no-deps --require-hashes -r $<
	@touch $@

.venv/installed-extras: tools/requirements.lock .venv/installed
	@echo "Installing the packages of $< into .venv, once."
	@$(PIP) --no-deps --require-hashes -r $<
	@touch $@

# The tracking server comes with it: helpers/server/jupyter.py. Ctrl-C ends both without a question.
lab: setup
	@$(BIN)/jupyter-lab $(AS_ROOT) --ServerApp.answer_yes=True --ServerApp.root_dir=. notebooks/00_start_here.ipynb $(LAB_ARGS)

# A fresh copy of a lesson; one's own work is kept beside it: make fresh LESSON=02
fresh: setup
	@$(BIN)/python -m tools.fresh_copy "$(LESSON)"

# Three at a time even on two cores: one of them often waits for a server or a browser.
test: setup
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(TEST_ARGS)

# make check FIX=1 mends what can be mended by itself.
check: $(AUTHORS)
	$(BIN)/ruff format $(if $(FIX),,--check) .
	$(BIN)/ruff check $(if $(FIX),--fix) .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/deptry .

server: setup
	$(BIN)/python -m helpers.server start

stop: setup
	$(BIN)/python -m helpers.server stop

# The students' copies of solved notebooks, and the outputs of all notebooks or of some:
# make notebooks NOTEBOOKS=notebooks/01_flat_runs.ipynb
notebooks: $(AUTHORS)
	$(BIN)/python -m tools.refresh_notebooks $(NOTEBOOKS)
	$(BIN)/ruff format --quiet notebooks

# Says that the numbers in the lessons' prose were read again, after a cell above them has changed.
confirm: $(AUTHORS)
	@$(BIN)/python -m tools.numbers_in_prose

# Some 20 minutes and 4 GB of memory; make bench QUICK=1 tries it out and writes no results.
bench: $(AUTHORS)
	@$(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(BENCH_ARGS)

# After a change of the dependencies in pyproject.toml; needs uv (pip install uv). Names no index.
# Pins stay as they are where they can; the newest within the bounds: make lock LOCK_ARGS=--upgrade
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock: setup
	$(COMPILE) pyproject.toml --extra test -o requirements.lock $(LOCK_ARGS)
	$(COMPILE) pyproject.toml --all-extras -c requirements.lock -o tools/requirements.lock $(LOCK_ARGS)
	$(BIN)/python -m tools.versions

# Raises all locked versions within their bounds, and carries them to every place that has them.
upgrade:
	$(MAKE) lock LOCK_ARGS=--upgrade
	$(MAKE) check test

# make grade SUBMISSIONS=folder (or a zip of it); GRADE_ARGS="--time-limit 60 --output other.csv"
# A path with a space in it, without quotes, comes here as several targets.
grade: setup
	@$(BIN)/python -m classroom.grading "$(SUBMISSIONS)" $(GRADE_ARGS)

# The README's pictures, and in screenshots/ one of every page that a student sees.
screenshots: $(AUTHORS)
	$(BIN)/python -m tools.screenshots

# The course's web pages, from the outputs as they are committed: $(SITE)/html/index.html
SITE ?= site
site: $(AUTHORS)
	@rm -rf $(SITE)/pages $(SITE)/html && mkdir -p $(SITE)/pages
	@cp -R README.md notebooks classroom docs helpers docs/site/. $(SITE)/pages
	@$(BIN)/sphinx-build --fail-on-warning --quiet -d $(SITE)/read $(SITE)/pages $(SITE)/html
	@echo "$(SITE)/html/index.html"

ifneq ($(filter grade,$(MAKECMDGOALS)),)
.DEFAULT:
	@echo "What is $@? A path with a space in it needs quotes: make grade SUBMISSIONS='my class'" >&2; exit 1
endif
