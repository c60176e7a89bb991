# Everything one does with Bijou. Needs Python 3.11 or newer and make; the rest comes from packages.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
BIJOU := $(PY) -m cli
.DEFAULT_GOAL := help
# One name a line here and in BENCHES: two branches that add one do not meet.
.PHONY: \
  help \
  up \
  dev \
  down \
  lake \
  reset \
  logs \
  status \
  accounts \
  mail \
  profile \
  ingest \
  import \
  test \
  test-media \
  test-spark \
  test-sequence \
  train-sequence \
  check \
  check-web \
  check-deploy \
  images \
  sbom \
  bench \
  evaluate \
  lock \
  generate \
  pictures \
  new-service \
  fmt \
  hooks \
  web \
  install \
  chromium \
  servers
BENCHES := \
  edge \
  gateway \
  limits \
  playback \
  catalog \
  search \
  search_growth \
  search_sentences \
  recommendation \
  recommendation_growth \
  outbox \
  consumers \
  platform \
  first_film \
  restore \
  idle \
  viewers \
  frozen \
  events \
  experiments \
  lake \
  lake_memory \
  transcode
MAKEFLAGS += --no-print-directory
# Behind a proxy that inspects TLS only the system's certificates are right; uv, Node.js and an old pip bring their own.
CERTIFICATES := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem))
export UV_SYSTEM_CERTS ?= 1
export NODE_USE_SYSTEM_CA ?= 1
ifneq ($(CERTIFICATES),)
export PIP_CERT ?= $(CERTIFICATES)
endif

help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(READY) ## Start the whole platform and print its address and accounts (DETACH=1: in the background; LAKE=1: with the lake's sink; ARGS=--no-demo: without films)
	@$(BIJOU) web
	@$(BIJOU) up $(if $(DETACH),--detach) $(if $(LAKE),--lake) $(ARGS)

dev: $(READY) ## Like up, but services restart and the web app follows when their code changes
	@$(BIJOU) web
	@$(BIJOU) dev $(ARGS)

down: $(READY) ## Stop it
	@$(BIJOU) down

lake: $(READY) ## Ask every event there was in SQL: a DuckDB shell with ready questions (ARGS=--as-it-is: without taking in what is new)
	@$(BIJOU) lake shell $(ARGS)

reset: $(READY) ## Stop it and delete all its data (FORCE=1: without asking; FILMS=1: also the demo's films, kept otherwise)
	@$(BIJOU) reset $(if $(FORCE),--force) $(if $(FILMS),--films)

logs: $(READY) ## Follow every part's log in one view (PARTS="catalog gateway": only these)
	@$(BIJOU) logs $(PARTS)

status: $(READY) ## Show what runs, since when, and its memory
	@$(BIJOU) status || true

accounts: $(READY) ## Show who can sign in from the first minute
	@$(BIJOU) accounts || true

mail: $(READY) ## What the platform here has mailed (ARGS=1: show the newest; ARGS="--to ada")
	@$(BIJOU) mail $(ARGS)

profile: $(READY) ## Where a running service spends its time: make profile SERVICE=playback SECONDS=30
	@test -n "$(SERVICE)" || { echo 'Say which service: make profile SERVICE=playback SECONDS=30'; exit 2; }
	@$(BIJOU) profile "$(SERVICE)" $(or $(SECONDS),30)

ingest: $(READY) ## Add a film: make ingest FILE=film.mp4 TITLE="Its name" (TRAILER_OF=slug: a trailer of that title; RELEASE_AT=2026-12-24T20:00:00Z: encoded first when due)
	@test -n "$(FILE)" || { echo 'Say which file: make ingest FILE=film.mp4 TITLE="Its name"'; exit 2; }
	@$(BIJOU) ingest "$(FILE)" --title "$(TITLE)" --trailer-of "$(TRAILER_OF)" --release-at "$(RELEASE_AT)"

import: $(READY) ## Import titles: make import FILE=titles.csv.gz MAPPING=demo/mappings/netflix.json (DRY_RUN=1: only check every row)
	@test -n "$(FILE)" -a -n "$(MAPPING)" || { echo 'Say which file, and what its columns are: make import FILE=titles.csv MAPPING=mapping.json'; exit 2; }
	@$(BIJOU) import "$(FILE)" --mapping "$(MAPPING)" $(if $(DRY_RUN),--dry-run)

test: $(READY) chromium servers ## Run every test, the browser journey included (ARGS="tests/catalog -k search")
	@$(BIJOU) web
	@# Four on two cores: one or another waits, for what was killed or frozen or for a film at its own speed.
	@$(PY) -m pytest $(or $(ARGS),--numprocesses 4)

test-media: $(READY) chromium servers ## Make a film of every kind of file that is accepted, and the other long ones about media
	@$(BIJOU) web
	@$(PY) -m pytest -m media --numprocesses 2 $(or $(ARGS),tests/transcode tests/players)

test-spark: $(READY) ## Run the lake's jobs and questions on Spark beside DuckDB; fetches Spark first, 430 MB (needs Java 17)
	@sh tests/setup/spark.sh
	@PYTHONPATH="$${BIJOU_SPARK:-$${XDG_CACHE_HOME:-$$HOME/.cache}/bijou/spark}/python" $(PY) -m pytest -m spark -n0 tests/analytics/test_spark.py $(ARGS)

SEQUENCE = PYTHONPATH="$${BIJOU_SEQUENCE:-$${XDG_CACHE_HOME:-$$HOME/.cache}/bijou/sequence}/python"

test-sequence: $(READY) ## Train small sequence models and hold them against simpler ones; fetches PyTorch first, 5 GB
	@sh tests/setup/sequence.sh
	@$(SEQUENCE) $(PY) -m pytest -m sequence -n0 tests/recommendation/test_sequence_training.py $(ARGS)

train-sequence: $(READY) ## Like `bijou train`, with a sequence model, kept where it helps; fetches PyTorch first, 5 GB (ARGS=--anyway)
	@sh tests/setup/sequence.sh
	@$(SEQUENCE) $(BIJOU) train --sequence $(ARGS)

check: $(READY) check-web ## What CI runs besides the tests: style, types, import rules, the web app's own checks
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy .
	@$(VENV)/bin/lint-imports
	@$(PY) -m deploy.local.generate --check

check-web: $(READY)
	@$(BIJOU) web lint typecheck generate:check test

check-deploy: $(READY) servers ## Check images, compose and Kubernetes with the tools of operators, fetched first (230 MB; kube-score needs Go)
	@sh tests/setup/operate.sh
	@REQUIRE_OPERATE=1 $(PY) -m pytest -n0 tests/deploy --ignore tests/deploy/test_new_service.py $(ARGS)

images: ## Build every image with Docker: make images REGISTRY=registry.example/bijou TAG=0.1.0
	@BIJOU_REGISTRY="$(or $(REGISTRY),bijou)" BIJOU_TAG="$(or $(TAG),latest)" docker compose --profile lake build

sbom: $(READY) ## Write what each image holds, as CycloneDX, into dist/sbom
	@sh tests/setup/operate.sh
	@$(PY) -m deploy.images.bill

bench: $(READY) ## Measure what we publish (ARGS="edge playback": only these)
	@for name in $(or $(ARGS),$(BENCHES)); do $(PY) -m bench.$$name || exit 1; done

evaluate: $(READY) ## Say how well recommendation foretells what people watch (ARGS=leave-one-out: only that)
	@$(PY) -m bench.recommendation $(ARGS)

pictures: $(READY) ## Take the README's pictures anew, from a running platform with the demo's films
	@$(PY) -m tests.journeys.pictures $(ARGS)

generate: $(READY) ## Regenerate what is derived from the code: OpenAPI, the web client, schemas
	@$(PY) -m deploy.local.generate
	@$(BIJOU) web generate

new-service: $(READY) ## Write an empty but running service: make new-service NAME=rewards
	@test -n "$(NAME)" || { echo 'Say how it is called, in one word: make new-service NAME=rewards'; exit 2; }
	@$(BIJOU) new-service "$(NAME)"
	@$(MAKE) generate
	@echo 'It runs at the next `make up`. Next: make test ARGS=tests/$(NAME), and docs/adding-a-service.md for what to fill in.'

fmt: $(READY) ## Format the code
	@$(VENV)/bin/ruff check --fix-only --quiet .
	@$(VENV)/bin/ruff format .

hooks: $(READY) ## Have git run the checks on what a commit touches; `.venv/bin/pre-commit uninstall` ends it
	@$(VENV)/bin/pre-commit install

lock: $(READY) ## Resolve pyproject.toml into requirements.lock
	@$(VENV)/bin/uv pip compile pyproject.toml --all-extras --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --no-annotate --quiet -o requirements.lock
	@$(VENV)/bin/uv pip compile --group pyproject.toml:spark --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --no-annotate --quiet -o pipelines/analytics/spark.lock
	@# On top of what everybody installs, so of the same versions where both have a package.
	@$(VENV)/bin/uv pip compile --group pyproject.toml:sequence --constraint requirements.lock --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet -o services/recommendation/sequence.lock
	@$(VENV)/bin/uv pip compile --group pyproject.toml:operate --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --no-annotate --quiet -o tests/setup/operate.lock
	@$(MAKE) install

web: $(READY) ## Build the web app, if it has changed
	@$(BIJOU) web

install: $(READY) ## Install everything the platform and its tests need into .venv

chromium: $(READY)
	@sh tests/setup/chromium.sh $(PY)

servers:
	@sh tests/setup/servers.sh

# uv, at the version and hashes of the lock, installs the rest.
$(READY): requirements.lock
	@test -n "$(PYTHON)" || { echo 'Bijou needs Python 3.11 or newer.'; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit("Bijou needs Python 3.11 or newer; this is %d.%d. Name another: make up PYTHON=..." % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@test -x $(PY) || { echo 'making a virtual environment …'; $(PYTHON) -m venv $(VENV); }
	@echo 'installing packages …'
	@test -x $(VENV)/bin/uv || { awk '/^[^ #]/ {keep = /^uv==/} keep' requirements.lock > $(VENV)/uv.txt && \
		$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(VENV)/uv.txt; }
	@$(VENV)/bin/uv pip sync --quiet --compile-bytecode --require-hashes --python $(PY) requirements.lock
	@$(PY) -c 'import sysconfig, pathlib; pathlib.Path(sysconfig.get_path("purelib"), "bijou.pth").write_text("$(CURDIR)\n")'
	@printf '#!/bin/sh\nexec "%s" -m cli "$$@"\n' "$(CURDIR)/$(PY)" > $(VENV)/bin/bijou && chmod +x $(VENV)/bin/bijou
	@touch $@
