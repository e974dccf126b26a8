# Every command of the course. A few lines each; what they run is in helpers/, classroom/, tools/, tests/.

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
# JupyterLab does not start for root unless told to; in a container there often is nobody else.
AS_ROOT := $(if $(filter 0,$(shell id -u 2>&1)),--allow-root)
# What is in .venv is compiled when it is first imported, and kept, whatever this machine does else.
unexport PYTHONDONTWRITEBYTECODE
# EXTRAS=1 adds what only authors need: linters, a browser's driver, nbgrader, peers to compare with.
# REQUIRE_ALL=1, which makes a test fail rather than be skipped, needs them too.
AUTHORS := .venv/helpers .venv/installed-extras

.PHONY: setup lab fresh test check exercise notebooks copies upgrade versions server stop lock grade bench screenshots site \
	class classroom classroom-dump classroom-restore accounts

setup: .venv/helpers $(if $(EXTRAS)$(REQUIRE_ALL),$(AUTHORS))

.venv/helpers: .venv/installed pyproject.toml $(wildcard helpers/jupyter_data/*/*/*.json helpers/jupyter_data/*/*/*/*.json helpers/jupyter_data/*/*/*/*/*.json)
	@$(BIN)/python helpers/install.py .
	@touch $@

# Made anew only when the lock file changes.
.venv/installed: requirements.lock
	@$(PYTHON) helpers/install.py
	@touch $@

.venv/installed-extras: tools/requirements.lock .venv/installed
	@echo "Installing the packages of $< into .venv, once."
	@$(BIN)/python helpers/install.py $<
	@touch $@

# The tracking server comes with it: helpers/jupyter.py. Ctrl-C ends both without a question.
lab: setup
	@$(BIN)/jupyter-lab $(AS_ROOT) --ServerApp.root_dir=. \
		--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(LAB_ARGS)

# A fresh copy of a lesson; one's own work is kept beside it: make fresh LESSON=02
fresh: setup
	@$(BIN)/python -m helpers.fresh_copy "$(LESSON)"

# Before class: every lesson's solved notebook, whether the students' copies are made from these, and one
# try of each door. REQUIRE_ALL=1 runs all tests, and what a machine lacks is a failure. Three at a time
# even on two cores: one often waits for a server. Lessons from 10 on take longest, so they begin.
BEFORE_CLASS = tests/test_doors.py $(wildcard notebooks/solutions/1*.ipynb notebooks/solutions/[!1]*.ipynb) \
	tests/code/test_copies.py
test: setup
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(or $(TEST_ARGS),$(if $(REQUIRE_ALL),,$(BEFORE_CLASS)))

# make check FIX=1 mends what can be mended by itself.
check: $(AUTHORS)
	$(BIN)/ruff format $(if $(FIX),,--check) .
	$(BIN)/ruff check $(if $(FIX),--fix) .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/deptry .

server: setup
	$(BIN)/python -m helpers start

stop: setup
	$(BIN)/python -m helpers stop

# The outputs of all solved notebooks, or of some, and the students' copies:
# make notebooks NOTEBOOKS=notebooks/solutions/01_flat_runs.ipynb
notebooks: $(AUTHORS)
	$(BIN)/ruff format --quiet notebooks/solutions
	$(BIN)/python -m tools.refresh_notebooks $(NOTEBOOKS)
	@$(BIN)/python -m tools.student_copies

# The students' copies alone, which takes a moment: nothing is executed.
copies: setup
	@$(BIN)/python -m tools.student_copies

# All files and cells of a new exercise, to be filled in: make exercise NAME=double LESSON=03
exercise: setup
	@$(BIN)/python -m tools.new_exercise "$(NAME)" "$(LESSON)"

# The course beside what one would do without it: docs/measured.md. Some of it, which
# writes nothing: make bench PARTS="work grading"
bench: $(AUTHORS)
	@$(BIN)/python -m tools.bench $(PARTS)

# After a change of the dependencies in pyproject.toml, by the uv of .venv. Names no index.
# Pins stay as they are where they can; the newest within the bounds: make lock LOCK_ARGS=--upgrade
UV_COMPILE := $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate -c tools/constraints.txt
lock: setup
	$(UV_COMPILE) --group installer -o helpers/installer.lock $(LOCK_ARGS)
	$(UV_COMPILE) pyproject.toml --extra test -o requirements.lock $(LOCK_ARGS)
	$(UV_COMPILE) pyproject.toml --all-extras -c requirements.lock -o tools/requirements.lock $(LOCK_ARGS)
	$(BIN)/python -m tools.versions

# Raises all locked versions within their bounds, and carries them to every place that has them.
upgrade:
	$(MAKE) lock LOCK_ARGS=--upgrade
	$(MAKE) check test

# Runs every lesson with the lowest and with the newest versions that pyproject.toml allows, each in an
# environment of its own. Only what nbval must compare is compared: numbers and tables may differ.
versions: setup
	@for how in lowest-direct highest; do \
		echo "The versions that uv resolves as $$how:" && \
		$(PYTHON) -m venv --clear .versions/$$how && \
		$(BIN)/python -m uv pip install --quiet --python .versions/$$how/bin/python \
			--resolution $$how --editable '.[test]' && \
		.versions/$$how/bin/python -m pytest --nbval-lax --tracking-server=embedded \
			$(if $(TEST_ARGS),$(TEST_ARGS),notebooks) || exit 1; \
	done

# make grade SUBMISSIONS=folder (or a zip of it); GRADE_ARGS="--time-limit 60 --output other.csv"
# Of a path with a space in it, without quotes, make takes the rest for another target. That may even
# be one, as in SUBMISSIONS=my class: so nothing else is made together with grade.
ifneq ($(filter grade,$(MAKECMDGOALS)),)
ifneq ($(MAKECMDGOALS),grade)
$(error make grade takes no other target. A path with a space in it needs quotes: \
	make grade SUBMISSIONS='my class')
endif
endif
grade: setup
	@$(BIN)/python -m classroom.grading '$(subst ','\'',$(value SUBMISSIONS))' $(GRADE_ARGS)

# How far the class is, in this machine's browser: http://localhost:8070. Ctrl-C ends it.
class: setup
	@$(BIN)/python -m classroom.live $(CLASS_ARGS)

# The shared server, with accounts and PostgreSQL: classroom/server/shared_server.md. Needs Docker, no set-up.
classroom:
	@$(PYTHON) -m classroom.server.shared_server start

# make classroom-dump TO=FOLDER, make classroom-restore FROM=FOLDER
classroom-dump:
	@$(PYTHON) -m classroom.server.shared_server dump "$(TO)"

classroom-restore:
	@$(PYTHON) -m classroom.server.shared_server restore "$(FROM)"

# make accounts STUDENTS=students.csv; RESET="ada bob" gives these two new passwords.
accounts: setup
	@$(BIN)/python -m classroom.server.accounts "$(STUDENTS)" --reset "$(RESET)" $(ACCOUNTS_ARGS)

# The pictures of README and the lessons, in docs/.
screenshots: $(AUTHORS)
	$(BIN)/python -m tools.screenshots

# The course's web pages, from the solved notebooks as they are committed: $(SITE)/html/index.html
SITE ?= site
site: $(AUTHORS)
	@rm -rf $(SITE)/pages $(SITE)/html && mkdir -p $(SITE)/pages
	@cp -R [A-Z]*.md LICENSE NOTICE CITATION.cff notebooks classroom docs helpers docs/site/. $(SITE)/pages
	@$(BIN)/sphinx-build --fail-on-warning --quiet -d $(SITE)/read $(SITE)/pages $(SITE)/html
	@echo "$(SITE)/html/index.html"
