# callgate: everything is made in `.venv`, from hash-pinned requirements. `make` alone lists the targets.
#
# The package is installed *editable*, so that a change in `src/` is what the next command, test or hook runs. The
# price is that no installer compiles it: where Python may not write bytecode (PYTHONDONTWRITEBYTECODE, as containers
# set it, or a checkout that belongs to somebody else) every process would compile all that it imports, which takes
# longer than the decision. Hence `compileall` after every change.

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test bench soundness fuzz faults soak check lint types sizes docs fmt lock clean setup setup-dev

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
# Only wheels: a source distribution would fetch build dependencies that nothing pins.
LOCKED := --require-hashes --only-binary :all:
SOURCES := $(shell find src -name '*.py' 2>/dev/null)
# Name another interpreter with `make demo PYTHON=/path/to/python3`.
PYTHON ?=
# Further arguments for pytest: `make test ARGS='tests/engine -k deny'`.
ARGS ?=

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## set up and show the gate deciding a recorded session of Claude Code
	@$(VENV)/bin/callgate demo

test: check ## set up, check everything, run all tests (the end-to-end ones too)
	$(PY) -m pytest -n 2 --dist loadgroup $(ARGS)

bench: setup-dev ## measure decisions and hook processes
	$(PY) tools/bench.py

soundness: setup-dev ## compare the shell analysis with bash itself: 20,000 scripts, no miss
	$(PY) tools/soundness.py $(ARGS)

fuzz: setup-dev ## feed the analysis and the gate with hostile commands for ten minutes
	$(PY) tools/fuzz.py $(ARGS)

faults: setup-dev ## kill and fail a change of a policy at each of its calls; nothing may be lost
	$(PY) tools/faults.py $(ARGS)

soak: setup-dev ## ask a daemon a million times while policies change; no line may be lost, memory stays flat
	$(PY) tools/soak.py $(ARGS)

check: lint types sizes docs ## everything but the tests

lint: setup-dev ## ruff, formatting, and that the locks answer pyproject.toml
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(PY) tools/lock.py --check

types: setup-dev ## mypy, strict, over sources, tests and tools
	$(VENV)/bin/mypy

sizes: setup-dev ## modules and functions stay within the size budget
	$(PY) tools/check_sizes.py

docs: setup-dev ## generated pages are as their sources say
	@for each in $(sort $(wildcard tools/*_reference.py)); do \
	  echo "$(PY) $$each --check"; $(PY) "$$each" --check || exit 1; \
	done

fmt: setup-dev ## format, and mend what ruff can mend
	$(VENV)/bin/ruff check --fix-only
	$(VENV)/bin/ruff format

lock: $(VENV)/.made-dev ## resolve the dependencies anew and pin them (`make lock ARGS=--upgrade` moves every pin)
	$(PY) tools/lock.py $(ARGS)

clean: ## remove everything that make has made
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

setup: $(VENV)/.made-bytecode
setup-dev: $(VENV)/.made-bytecode $(VENV)/.made-dev

# A half-made environment has no stamp, so the next run starts that step again.
$(VENV)/.made-venv:
	@found=; \
	for each in $(if $(PYTHON),'$(PYTHON)',python3 python3.13 python3.12 python3.11 python3.14); do \
	  if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$each; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo 'error: no Python 3.11 or newer $(if $(PYTHON),at `$(PYTHON)`,on PATH)' >&2; \
	  echo '  help: install one, or name it: `make PYTHON=/path/to/python3 $(firstword $(MAKECMDGOALS))`' >&2; exit 1; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "error: \`$$found\` cannot make virtual environments" >&2; \
	  echo '  help: install its venv package (Debian and Ubuntu: `apt-get install python3-venv`)' >&2; exit 1; \
	fi; \
	echo "making $(VENV) with $$("$$found" --version)"; \
	"$$found" -m venv --clear $(VENV)
	@touch $@

$(VENV)/.made-runtime: requirements/runtime.txt $(VENV)/.made-venv
	@echo "installing what callgate needs"
	@$(PIP) install $(LOCKED) -r $<
	@touch $@

$(VENV)/.made-package: pyproject.toml $(VENV)/.made-runtime
	@echo "installing callgate"
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.made-bytecode: $(SOURCES) $(VENV)/.made-package
	@$(PY) -m compileall -q src
	@touch $@

$(VENV)/.made-dev: requirements/dev.txt $(VENV)/.made-runtime
	@echo "installing what its developers need"
	@$(PIP) install $(LOCKED) -r $<
	@touch $@
