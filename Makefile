# Two commands for everyone:  make grade [SUBMISSIONS=folder-or-zip]   and   make test
# The set-up happens by itself: a virtual environment in .venv with the locked dependencies.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
# What is in .venv holds the path of the checkout: if that was moved or copied, all is installed anew.
MOVED := $(if $(wildcard $(INSTALLED)),$(if $(findstring <$(CURDIR)>,<$(shell cat $(INSTALLED))>),,moved))
CORPUS := .venv-corpus
PEERS := .venv-peers
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
SUBMISSIONS ?=
OUT ?= graded
STUDENTS ?= 24
EVERY ?= 16
BENCH ?= 03_sigmoid_neuron 04_matmul
LOCKED := --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
WORKFLOWS := .github/workflows/*.yml autograder/authoring/build/student.yml
SCRIPTS := .ci/run autograder/platforms/upload/setup.sh autograder/platforms/upload/run_autograder

.PHONY: grade test long lint types verify audit truth seeds attacks faults variants rewrites bench curve corpus compat build docs site lock clean

ifeq ($(SUBMISSIONS),)
# No submissions named: simulate a class, grade it beside the hand-filled one, and count the wrong verdicts.
grade: $(INSTALLED)
	@rm -rf class class.truth.json
	@$(BIN)/autograder simulate class --students $(STUDENTS) --seed 1
	@$(BIN)/autograder grade class tests/hand_filled --out $(OUT)
	@$(BIN)/autograder compare $(OUT)/report.json class.truth.json tests/hand_filled.truth.json
else
grade: $(INSTALLED)
	@$(BIN)/autograder grade "$(SUBMISSIONS)" --out $(OUT)
endif

# A file of tests at a time for each of three: the sandboxes, once started, serve all tests of a file.  Three also on two
# cores, since many tests wait, and no more, since each imports all tests.  In the order of the rooms: files of few and
# long tests would else be left for the end.
test: $(INSTALLED)
	$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

# The tests that take longest: whole classes and terms, browsers, other seeds, slowed machines.  CI runs them after `test`.
# Four at a time: most of them wait.
long: $(INSTALLED)
	$(BIN)/pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder -m long

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check autograder tests benchmarks
	@if [ -x $(BIN)/actionlint ]; then \
		PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/actionlint $(WORKFLOWS) && $(BIN)/shellcheck $(SCRIPTS); \
	else echo "workflows are linted on Linux only"; fi

types: $(INSTALLED)
	$(BIN)/mypy

# The gate: what is built is fresh, bundles leak nothing, every exercise is graded rightly.
verify: $(INSTALLED)
	$(BIN)/autograder build --check
	$(BIN)/autograder release --check
	$(BIN)/autograder verify

# The gate with every mutant of every reference answer.
audit: $(INSTALLED)
	$(BIN)/autograder verify --mutants all

# By exercise: mutants killed, right answers accepted, misconceptions named. All mutants: minutes.
truth: $(INSTALLED)
	$(BIN)/python -m benchmarks.truth --write

# Conditions found, by exercise, and whether SEEDS other seeds give the same verdicts. Some five seconds of CPU a seed;
# a run may be ended at any time, and the next one goes on where it was.
SEEDS ?= 300
seeds: $(INSTALLED)
	$(BIN)/python -m benchmarks.conditions --seeds $(SEEDS) --kept .seeds.jsonl --write

# Each attack on the sandbox: how it ends behind the whole wall, and that it succeeds without what stops it.
attacks: $(INSTALLED)
	$(BIN)/python -m tests.attacks --write

# What a machine can do to a run of `grade`: every fault, those too that take minutes.
faults: $(INSTALLED)
	$(BIN)/pytest tests/faults -m "long or not long" --durations 8

# Right answers in other styles: how many keep all points, exercise by exercise.
variants: $(INSTALLED)
	$(BIN)/python -m tests.variants

# Right answers made by rewrites that keep the meaning, each proved right before it is graded: how many are refused.
# Some 20 minutes of CPU.
ANSWERS ?= 10000
rewrites: $(INSTALLED)
	$(BIN)/python -m benchmarks.rewrites --answers $(ANSWERS) --write

# Beside nbgrader, nbclient and otter-grader, on one core and on two: seven minutes. Of other notebooks:
# make bench BENCH="01_derivatives 08_trailnet"; of all eight, make bench BENCH=all: half an hour.
# nbclient and otter-grader have an environment of their own; where that cannot be installed, the page says so.
bench: $(INSTALLED)
	@$(MAKE) --no-print-directory $(PEERS)/installed || echo "make bench leaves nbclient and otter-grader out"
	$(BIN)/python -m benchmarks.grading $(addprefix --assignment ,$(filter-out all,$(BENCH))) --write
	$(BIN)/python -m benchmarks.sandbox --write
	$(BIN)/python -m benchmarks.gradebook --write

# What a submission costs, and the grader's memory, in classes of several sizes: two minutes. Up to 10,000, half an hour:
# make curve CURVE="16 64 256 1000 3000 10000".
CURVE ?= 16 64 256 1000
curve: $(INSTALLED)
	$(BIN)/python -m benchmarks.curve $(CURVE) --write

# The gradient checker beside others, on right and wrong gradients: false alarms, misses, cost. The second corpus has
# derivatives of autograd, jax and torch, in an environment of their own. All candidates of our own: make corpus EVERY=1.
# Some twenty minutes of CPU; a run may be ended at any time, and the next one goes on at the function where it was.
# torch is its build for processors alone, which not every index has; the page says so where it is absent.
corpus: $(INSTALLED) $(CORPUS)/installed
	$(CORPUS)/bin/python -m benchmarks.corpus.libraries $(CORPUS)/counts.jsonl
	$(BIN)/python -m benchmarks.corpus.derivatives $(CORPUS)/counts.jsonl --write
	$(BIN)/python -m benchmarks.corpus --every $(EVERY) --write
	$(BIN)/python -m benchmarks.corpus.before --write

$(CORPUS)/installed: benchmarks/corpus/libraries/requirements.txt benchmarks/corpus/libraries/torch.txt
	$(PYTHON) -m venv $(CORPUS)
	$(CORPUS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	$(CORPUS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(word 2,$^) \
		|| echo "torch cannot be installed here: make corpus leaves it out"
	@touch $@

$(PEERS)/installed: benchmarks/peers/requirements.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# The student library with the oldest and the newest packages, on the Pythons that are here: 3.11 to 3.14, or
# make compat PYTHONS="3.11 /path/to/python3.13".
compat: $(INSTALLED)
	$(BIN)/python -m benchmarks.compat $(PYTHONS) --write

build: $(INSTALLED)
	$(BIN)/autograder build
	$(BIN)/autograder release

# The pages in docs/ as a site with a search.
docs: $(INSTALLED)
	$(BIN)/mkdocs build --strict --quiet
	@echo "written: site/index.html"

# The course as a site that runs in a browser alone: browser/site, to be put on any web server.
site: $(INSTALLED)
	@rm -rf browser
	@$(BIN)/autograder release --browser browser/course
	@cd browser/course && $(CURDIR)/$(BIN)/jupyter lite build --output-dir ../site --no-sourcemaps >../site.log 2>&1 \
		|| { tail -5 ../site.log; exit 1; }
	@echo "written: browser/site/index.html"

# Maintainers only, after a change of dependencies in pyproject.toml.
lock: $(INSTALLED)
	$(PIP) install uv
	$(BIN)/uv pip compile pyproject.toml --extra dev $(LOCKED) --output-file requirements.lock
	$(BIN)/uv pip compile --group gradescope --constraints requirements.lock $(LOCKED) \
		--output-file requirements-gradescope.lock
	cd benchmarks/corpus/libraries && $(CURDIR)/$(BIN)/uv pip compile requirements.in $(LOCKED) --no-annotate \
		--output-file requirements.txt
	cd benchmarks/corpus/libraries && $(CURDIR)/$(BIN)/uv pip compile torch.in --constraints requirements.txt $(LOCKED) \
		--no-annotate --output-file torch.txt
	cd benchmarks/peers && $(CURDIR)/$(BIN)/uv pip compile requirements.in --constraints ../../requirements.lock $(LOCKED) \
		--no-annotate --output-file requirements.txt

clean:
	rm -rf .venv $(CORPUS) $(PEERS) class class.truth.json graded site browser

$(INSTALLED): requirements.lock pyproject.toml $(MOVED)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(if $(MOVED),--clear) .venv
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@echo '$(CURDIR)' >$@

.PHONY: moved
