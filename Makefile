# What one does with this repository. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help run test lint bench screenshots
PORT ?= 8000
VENV := .venv/bin/python

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: .venv/installed ## Serve the demo world on PORT (8000); RESET=1 starts it over
	@mkdir -p var
	@$(VENV) -m tools.catalogues
	@.venv/bin/jishi demo --db sqlite:///var/jishi.db --port $(PORT) $(if $(filter 1 true yes,$(RESET)),--reset)

test: .venv/installed-test ## Run everything, on SQLite and PostgreSQL and in a browser; ARGS="..." goes to pytest
	@$(VENV) -m tools.run_tests $(ARGS)

lint: .venv/installed-test ## Check the style of the source
	@$(VENV) -m ruff check .

bench: .venv/installed-test ## Measure how many orders a second this machine takes
	@$(VENV) -m bench $(ARGS)

screenshots: .venv/installed-test ## Take pictures of the pages in every language
	@$(VENV) -m tests.browser.screenshots $(ARGS)

.venv/bin/python:
	@PYTHON="$(PYTHON)" sh tools/create_venv.sh

.venv/installed: pyproject.toml tools/install.py | .venv/bin/python
	@$(VENV) tools/install.py
	@touch $@

.venv/installed-test: pyproject.toml tools/install.py | .venv/bin/python
	@$(VENV) tools/install.py test
	@touch .venv/installed $@
