# Two commands do everything: `make quickstart` and `make test`. Both set up what they need first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: quickstart test check live clean

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/ready-dev: $(VENV)/ready
	$(BIN)/pip install --quiet --group dev
	touch $@

quickstart: $(VENV)/ready  ## the whole job on this machine: no network, no key
	$(BIN)/pcdata init quickstart --template quickstart
	$(BIN)/pcdata run --run quickstart

test: $(VENV)/ready-dev  ## everything that needs neither a key nor the internet
	$(BIN)/python -m pytest -n auto

live: $(VENV)/ready-dev  ## the tests that talk to paid services and need their keys
	$(BIN)/python -m pytest -m live

check: $(VENV)/ready-dev  ## formatting, linters, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) quickstart
