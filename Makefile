PYTHON ?= python3
KB := .venv/bin/kb

serve: build           ## build the knowledge base and serve it on http://127.0.0.1:8001
	$(KB) serve

test: .venv/ready      ## all tests but the slow and the browser ones
	.venv/bin/python -m pytest -q

build: .venv/ready     ## data/ -> kb.db
	$(KB) build

fetch: .venv/ready     ## PubMed -> data/citations.csv; needs NCBI_EMAIL
	$(KB) pubmed fetch

refresh: .venv/ready   ## search, fetch what is older than 30 days, standing; then what changes; needs NCBI_EMAIL
	$(KB) pubmed refresh

check: .venv/ready     ## every record against every rule
	$(KB) validate

bench: .venv/ready     ## times beside peers, ratios first
	.venv/bin/python -m bench.run

lint: .venv/ready      ## style of the code
	.venv/bin/ruff check . && .venv/bin/ruff format --check .

slow: .venv/ready      ## faults and kills that take long
	.venv/bin/python -m pytest -q -m slow

browser: .venv/ready   ## the site in headless Chromium, and the screenshots in docs/
	.venv/bin/pip install -q -e '.[test,browser]'
	.venv/bin/python -m pytest -q -m browser

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/pip install -q -e '.[test]'
	touch $@

.PHONY: serve test build fetch refresh check bench lint slow browser
