PYTHON ?= python3
KB := .venv/bin/kb

serve: build           ## build the knowledge base and serve it on http://127.0.0.1:8001
	$(KB) serve

test: .venv/ready      ## all tests but the slow and the browser ones
	.venv/bin/python -m pytest -q

build: .venv/ready     ## data/ -> kb.db
	$(KB) build

schema: build           ## the data dictionary in docs/schema.md
	$(KB) dictionary > docs/schema.md

fetch: .venv/ready     ## PubMed -> data/citations.csv; needs NCBI_EMAIL
	$(KB) pubmed fetch

refresh: .venv/ready   ## search, fetch what is older than 30 days, standing; then what changes; needs NCBI_EMAIL
	$(KB) pubmed refresh

check: .venv/ready     ## every record against every rule
	$(KB) validate

bench: .venv/ready     ## times beside peers, ratios first
	.venv/bin/pip install -q -e '.[test,bench]'
	.venv/bin/python -m bench.run

lint: .venv/ready      ## style of the code
	.venv/bin/ruff check . && .venv/bin/ruff format --check .

slow: .venv/ready      ## faults, kills, load and fuzzing that take long
	.venv/bin/pip install -q -e '.[test,fuzz]'
	.venv/bin/python -m pytest -q -m slow

browser: .venv/ready   ## the site in headless Chromium, and the screenshots in docs/
	.venv/bin/pip install -q -e '.[test,browser]'
	.venv/bin/python -m pytest -q -m browser

# What does not hold on 1.0 yet: noticing a new file, living through its absence, names of all fields of its own pages.
NOT_YET_ON_1 := test_a_new_database_is_served_without_a_restart \
	test_a_database_that_vanishes_for_a_moment_is_still_served test_fields_of_the_stock_pages_have_names

next: .venv-next/ready ## the site on the newest pre-release of Datasette 1.0
	.venv-next/bin/python -c 'import datasette; print("Datasette", datasette.__version__)'
	.venv-next/bin/python -m pytest -q tests/test_queries.py tests/test_site.py $(addprefix --deselect tests/test_site.py::,$(NOT_YET_ON_1))

lock: .venv-audit/ready ## requirements.lock: every version with its hashes, after a change of dependencies
	CUSTOM_COMPILE_COMMAND='make lock' .venv-audit/bin/pip-compile -q --upgrade --allow-unsafe --generate-hashes --strip-extras \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.lock pyproject.toml

sbom: .venv-audit/ready ## sbom.json: the software bill of materials of the lock, as CycloneDX
	.venv-audit/bin/pip install -q --dry-run --ignore-installed --require-hashes -r requirements.lock
	.venv-audit/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible -o sbom.json requirements.lock

audit: .venv-audit/ready ## known holes of the locked versions, asked of the advisory service
	.venv-audit/bin/pip-audit --disable-pip --require-hashes -r requirements.lock

.venv-audit/ready: pyproject.toml
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/pip install -q -e '.[audit]'
	touch $@

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/pip install -q -e '.[test]'
	touch $@

# 1.0a38 and older have known holes. pip says that this is not the version asked for, which is the point.
.venv-next/ready: pyproject.toml
	$(PYTHON) -m venv .venv-next
	.venv-next/bin/pip install -q -e '.[test]'
	.venv-next/bin/pip install -q --upgrade --pre 'datasette>=1.0a39,<2'
	touch $@

.PHONY: lock sbom audit schema next serve test build fetch refresh check bench lint slow browser
