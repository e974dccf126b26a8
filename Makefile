# All commands of the course. The programs that they run are in helpers/, classroom/, tools/ and tests/.

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
# JupyterLab refuses to run as root without this. In a container, root is often the only user.
AS_ROOT := $(if $(filter 0,$(shell id -u 2>&1)),--allow-root)
# Keep the bytecode that Python compiles in .venv, even if this machine is set not to.
unexport PYTHONDONTWRITEBYTECODE
# EXTRAS=1 also installs what only authors need: linters, a browser driver, nbgrader, packages to compare with.
# REQUIRE_ALL=1, which turns skipped tests into failures, needs these as well.
AUTHORS := .venv/helpers .venv/installed-extras

.PHONY: setup help lab fresh test check exercise prediction notebooks copies upgrade versions server stop lock grade bench screenshots site \
	class classroom classroom-dump classroom-restore accounts

# Install the course into .venv.
setup: .venv/helpers $(if $(EXTRAS)$(REQUIRE_ALL),$(AUTHORS))

.venv/helpers: .venv/installed pyproject.toml course_kernel.py $(wildcard helpers/jupyter_data/*/*/*.json helpers/jupyter_data/*/*/*/*.json helpers/jupyter_data/*/*/*/*/*.json)
	@$(BIN)/python helpers/install.py .
	@touch $@

# Runs again only when the lock file changes.
.venv/installed: requirements.lock
	@$(PYTHON) helpers/install.py
	@touch $@

.venv/installed-extras: tools/requirements.lock .venv/installed
	@echo "Installing the packages from $< into .venv (only the first time)."
	@$(BIN)/python helpers/install.py $<
	@touch $@

# Show this list: the first line of the comment above each command.
help:
	@awk '/^# /{if(!text)text=substr($$0,3)} /^[a-z-]+:( |$$)/{if(text)printf "make %-18s %s\n",substr($$1,1,length($$1)-1),text} !/^#/{text=""}' $(firstword $(MAKEFILE_LIST))

# Start JupyterLab and the tracking server. Ctrl-C stops both without asking.
lab: setup
	@$(BIN)/jupyter-lab $(AS_ROOT) --ServerApp.root_dir=. \
		--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(LAB_ARGS)

# Replace a lesson with a fresh copy, and keep the reader's version next to it: make fresh LESSON=02
fresh: setup
	@$(BIN)/python -m helpers.fresh_copy "$(LESSON)"

BEFORE_CLASS = tests/test_doors.py $(wildcard notebooks/solutions/1*.ipynb notebooks/solutions/[!1]*.ipynb) \
	tests/code/test_copies.py
# The check before class: run all solved notebooks, and briefly try each way into the course.
# It also compares the students' copies with the solved notebooks. REQUIRE_ALL=1 runs all tests, and fails if this
# machine lacks something. Three tests run at a time even on two cores, because one is often waiting for a server. Lessons 10 and up take longest: start them first.
test: setup
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(or $(TEST_ARGS),$(if $(REQUIRE_ALL),,$(BEFORE_CLASS)))

# Check format, names and types. FIX=1 fixes what can be fixed automatically.
check: $(AUTHORS)
	$(BIN)/ruff format $(if $(FIX),,--check) .
	$(BIN)/ruff check $(if $(FIX),--fix) .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/deptry .

# Start the tracking server without JupyterLab.
server: setup
	$(BIN)/python -m helpers start

# Stop the tracking server.
stop: setup
	$(BIN)/python -m helpers stop

# Execute all solved notebooks, or some of them, and derive the students' copies:
# make notebooks NOTEBOOKS=notebooks/solutions/01_flat_runs.ipynb
notebooks: $(AUTHORS)
	$(BIN)/ruff format --quiet notebooks/solutions
	$(BIN)/python -m tools.refresh_notebooks $(NOTEBOOKS)
	@$(BIN)/python -m tools.student_copies

# Derive the students' copies only. This is quick, because nothing is executed.
copies: setup
	@$(BIN)/python -m tools.student_copies

# Create all files and cells of a new exercise, ready to be filled in: make exercise NAME=double LESSON=03
exercise: setup
	@$(BIN)/python -m tools.new_exercise "$(NAME)" "$(LESSON)"

# Create a question and its cell, ready to be filled in: make prediction NAME=orphans LESSON=02
prediction: setup
	@$(BIN)/python -m tools.new_prediction "$(NAME)" "$(LESSON)"

# Measure the course's speed and write docs/measured.md.
# To measure some parts, and write nothing: make bench PARTS="work grading"
bench: $(AUTHORS)
	@$(BIN)/python -m tools.bench $(PARTS)

UV_COMPILE := $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate -c tools/constraints.txt
# Update the lock files after a change of the dependencies in pyproject.toml.
# Uses uv from .venv, and names no package index. Pins change only if they must. For the newest versions allowed:
# make lock LOCK_ARGS=--upgrade
lock: setup
	$(UV_COMPILE) --group installer -o helpers/installer.lock $(LOCK_ARGS)
	$(UV_COMPILE) pyproject.toml --extra test --extra classroom -o requirements.lock $(LOCK_ARGS)
	$(UV_COMPILE) pyproject.toml --all-extras -c requirements.lock -o tools/requirements.lock $(LOCK_ARGS)
	$(BIN)/python -m tools.versions

# Upgrade all locked versions within their bounds, and every file that repeats them.
upgrade:
	$(MAKE) lock LOCK_ARGS=--upgrade
	$(MAKE) check test

# Run every lesson with the lowest and with the newest versions that pyproject.toml allows.
# Each has its own environment. Only cells marked for comparison are compared: numbers and tables may differ.
versions: setup
	@for how in lowest-direct highest; do \
		echo "Versions that uv resolves as $$how:" && \
		$(PYTHON) -m venv --clear .versions/$$how && \
		$(BIN)/python -m uv pip install --quiet --python .versions/$$how/bin/python \
			--resolution $$how --editable '.[test]' && \
		.versions/$$how/bin/python -m pytest --nbval-lax --tracking-server=embedded \
			$(if $(TEST_ARGS),$(TEST_ARGS),notebooks) || exit 1; \
	done

# If a path contains a space and has no quotes, make takes the second word for another target. It may even be an
# existing one, as in SUBMISSIONS=my class. So grade refuses to run together with other targets.
ifneq ($(filter grade,$(MAKECMDGOALS)),)
ifneq ($(MAKECMDGOALS),grade)
$(error make grade must be the only target. Put quotes around a path that contains a space: \
	make grade SUBMISSIONS='my class')
endif
endif
# Grade what students handed in: make grade SUBMISSIONS="folder or zip"
# GRADE_ARGS="--time-limit 60 --output other.csv"
grade: setup
	@$(BIN)/python -m classroom.grading '$(subst ','\'',$(value SUBMISSIONS))' $(GRADE_ARGS)

# Show in this machine's browser how far the class is: http://localhost:8070. Ctrl-C stops it.
# STUDENTS=students.csv also lists who has not begun. EXPORT=folder writes tables and a page instead, for after class.
class: setup
	@$(BIN)/python -m classroom.live $(if $(STUDENTS),--roster "$(STUDENTS)") $(if $(EXPORT),--export "$(EXPORT)") $(CLASS_ARGS)

# Start the shared server, with accounts and PostgreSQL, in Docker: classroom/server/shared_server.md
classroom:
	@$(PYTHON) -m classroom.server start

# Save what the shared server has: make classroom-dump TO=FOLDER
classroom-dump:
	@$(PYTHON) -m classroom.server dump "$(TO)"

# Bring it back: make classroom-restore FROM=FOLDER
classroom-restore:
	@$(PYTHON) -m classroom.server restore "$(FROM)"

# Create accounts on the shared server: make accounts STUDENTS=students.csv
# RESET="ada bob" gives these two students new passwords.
accounts: setup
	@$(BIN)/python -m classroom.server.accounts "$(STUDENTS)" --reset "$(RESET)" $(ACCOUNTS_ARGS)

# Take the pictures in docs/ for README and the lessons.
screenshots: $(AUTHORS)
	$(BIN)/python -m tools.screenshots

SITE ?= site
# Build the web site from the solved notebooks as committed: $(SITE)/html/index.html
site: $(AUTHORS)
	@rm -rf $(SITE)/pages $(SITE)/html && mkdir -p $(SITE)/pages
	@cp -R [A-Z]*.md LICENSE NOTICE CITATION.cff notebooks classroom docs helpers docs/site/. $(SITE)/pages
	@$(BIN)/python -m tools.try_it $(SITE)/pages
	@$(BIN)/sphinx-build --fail-on-warning --quiet -d $(SITE)/read $(SITE)/pages $(SITE)/html
	@echo "$(SITE)/html/index.html"
