# Everything a person runs. Each target does its own set-up, once; `make demo` and `make test` are all one needs.

PYTHON ?= python3
BIN := .venv/bin
PAGE_SOURCES := $(shell find service/web -type f \( -name '*.js' -o -name '*.css' -o -name '*.mjs' \) -not -path '*/built/*' 2>/dev/null)

.PHONY: demo test check style types house bench clients install format clean

demo: install
	$(BIN)/shikong demo

test: install
	$(BIN)/python -m pytest -W error --numprocesses=2 --dist=loadscope --no-loadscope-reorder $(TESTS)

check: style types house

style: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: install
	$(BIN)/mypy

house: install
	$(BIN)/python -m pytest -W error -q tests/test_house.py

bench: install
	$(BIN)/python -m tests.bench $(ONLY)

clients: install
	@npm --prefix tests/clients ci --ignore-scripts --no-audit --no-fund --loglevel=error
	$(BIN)/python -m pytest -W error -q tests/browser/test_documented.py

install: .made/python .made/node .made/pages

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv node_modules .made demo service/web/static/built

.made/python: pyproject.toml requirements.lock
	@mkdir -p .made
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0])'
	@echo "Installing Python packages …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.made/node: package.json package-lock.json
	@mkdir -p .made
	@node -e 'if (parseInt(process.versions.node) < 20) { console.error("Node 20 or newer is needed; this is " + process.versions.node); process.exit(1) }'
	@echo "Installing npm packages …"
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.made/pages: .made/node $(PAGE_SOURCES)
	@echo "Building the pages' scripts …"
	@node service/web/build.mjs
	@touch $@
