# Everything a user or a developer does from a clone. `make help` lists it.

VENV := .venv
BIN := $(VENV)/bin
DEMO := out/demo
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test setup check bench validate fuzz docs clean

help: ## list these commands
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: setup ## work up the digital reference patient; says where the report lies
	@$(BIN)/calcimeter demo -o $(DEMO) --force

test: setup ## every test
	@$(BIN)/python -m pytest

setup: $(VENV)/.complete ## the environment alone: afterwards .venv/bin/calcimeter runs
	@:

check: setup ## lint, format, types, architecture
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/test_architecture.py

bench: $(VENV)/.complete-bench ## the benchmarks, each against its peer in one run; writes docs/benchmark.md
	@$(BIN)/python benchmarks/run.py

validate: $(VENV)/.complete-validate ## what is measured against exact truth; writes docs/validation.md; 40 minutes
	@$(BIN)/python benchmarks/validate.py

fuzz: $(VENV)/.complete ## load 10 000 damaged scans; writes docs/fuzz.md
	@$(BIN)/python benchmarks/fuzz.py

# Without a configuration file of its own: what Sphinx must know stands here.
docs: $(VENV)/.complete-docs ## the books as HTML, every link inside them checked; out/docs/index.html
	@$(BIN)/sphinx-build -C -q -W --keep-going -b html -d out/doctrees \
		-D project=Calcimeter -D root_doc=index -D html_title=Calcimeter -D html_theme=furo \
		-D extensions=myst_parser,sphinx.ext.autodoc,numpydoc -D myst_heading_anchors=4 \
		-D numpydoc_show_class_members=0 -D suppress_warnings=misc.highlighting_failure -D html_show_copyright=0 -D html_copy_source=0 docs out/docs
	@echo "The books: out/docs/index.html"

clean: ## remove the environment, results and caches
	@rm -rf $(VENV) out dist build benchmarks/.cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment -----------------------------------------------------------------------------------------------
# A stamp marks a finished installation: a second call costs nothing, and a change of pyproject.toml installs anew.

$(VENV)/.complete: pyproject.toml | $(VENV)/.created
	@echo "Installing Calcimeter and what it needs into $(VENV) (once; a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@touch $@

$(VENV)/.complete-bench: $(VENV)/.complete
	@$(BIN)/python -m pip install --quiet --editable ".[bench]"
	@touch $@

$(VENV)/.complete-validate: $(VENV)/.complete
	@$(BIN)/python -m pip install --quiet --editable ".[validate]"
	@touch $@

$(VENV)/.complete-docs: $(VENV)/.complete
	@$(BIN)/python -m pip install --quiet --editable ".[docs]"
	@touch $@

# Debian splits python3-venv off. Without it the environment is made empty and the system's pip fills it from outside.
$(VENV)/.created:
	@python=; met=; \
	for name in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
		version=$$($$name -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
		met="$$met $$name=$$version"; \
		$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' && python=$$name && break; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Python 3.11 or newer is needed, met:$${met:- none}. Install one, or name it: make setup PYTHON=/path/to/python3.12" >&2; \
		exit 1; \
	fi; \
	if $$python -c 'import ensurepip' 2>/dev/null; then \
		$$python -m venv --clear $(VENV); \
	elif $$python -m venv --clear --without-pip $(VENV) 2>/dev/null \
		&& $$python -m pip --python $(BIN)/python install --quiet pip 2>/dev/null; then \
		:; \
	else \
		echo "$$python can make no environment: neither its venv package nor a recent pip is there." >&2; \
		echo "On Debian and Ubuntu: apt-get install python3-venv, then call make again." >&2; \
		exit 1; \
	fi
	@touch $@
