# Each target starts a command of scripts/commands.py, which makes or reuses .venv first. Needs python3 and make only.
#   make prod-ready WORKBOOK=export.xlsx    ARGS="…" hands more arguments to any command
PYTHON ?= python3
WORKBOOK ?=
OUT ?= .local/sample.xlsx
ARGS ?=
ROUNDS ?=
ID ?=
export WORKBOOK OUT ROUNDS

RUN = @command -v "$(PYTHON)" >/dev/null || { echo "$(PYTHON) is not on PATH: install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }; \
	exec "$(PYTHON)" scripts/commands.py

.DEFAULT_GOAL := help
.PHONY: help setup prod-ready check proof mutation chaos test bootstrap up down serve worker ingest inspect publish watch retain runs changes ask plant distribute doctor migrate-from-zero feature-gates slo-results \
	triage release-gate gate-wheel backend-wheel verify fuzz corpus look sample-workbook api-key lint types imports format clean

##@ First

help: ## this list
	@case "$${PRODPLAN_LANG:-$${LC_ALL:-$${LC_MESSAGES:-$${LANG:-}}}}" in [pP][tT] | [pP][tT][!a-zA-Z]*) words=scripts/make_help.pt ;; *) words= ;; esac; \
	awk -v words="$$words" -F ':.*## ' ' \
	BEGIN {while (words && (getline line < words) > 0) {at = index(line, " = "); told[substr(line, 1, at - 1)] = substr(line, at + 3)}} \
	function said(text) {return text in told ? told[text] : text} \
	/^##@ / {print "\n" said(substr($$0, 5))} /^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, said($$2)}' Makefile

setup: ## the environment alone
	$(RUN) setup

doctor: ## what this machine has, which PostgreSQL and workbook are taken and why, what to type next
	$(RUN) doctor $(ARGS)

##@ Release

prod-ready: ## the whole release gate; WORKBOOK=file proves that workbook
	$(RUN) prod-ready $${WORKBOOK:+--workbook "$$WORKBOOK"} $(ARGS)

release-gate: ## the standing verdict of this checkout, or the gate
	$(RUN) release-gate $(ARGS)

verify: ## is the latest result a PASS for this checkout? ARGS=--allow-sample
	$(RUN) verify $(ARGS)

triage: ## docs/ERROR_TRIAGE_REPORT.md of the latest gate run, or of what can be seen without one
	$(RUN) triage $(ARGS)

check: ## the tests of single checks, without a verdict; ID=C5, ID="C4 C5"
	$(RUN) check $(ID) $(ARGS)

proof: ## break the tree on purpose and see each check notice; ARGS="A5 C4"
	$(RUN) proof $(ARGS)

mutation: ## change the pure parts at random and see the unit tests fail; ARGS="app.ingestion.guards"
	$(RUN) mutation $(ARGS)

chaos: ## kill, cut, stall, corrupt, fill and restart a running system, and look at what is left; ROUNDS=5, ARGS="--seed 7"
	$(RUN) chaos $${ROUNDS:+--rounds "$$ROUNDS"} $(ARGS)

##@ Data

ingest: ## one ingestion; WORKBOOK=file
	$(RUN) ingest $${WORKBOOK:+"$$WORKBOOK"} $(ARGS)

inspect: ## what a workbook holds, without a database; WORKBOOK=file
	$(RUN) inspect $${WORKBOOK:+"$$WORKBOOK"} $(ARGS)

watch: ## ingest each export that is laid into a folder; ARGS="/srv/exports"
	$(RUN) watch $(ARGS)

runs: ## the plant's ingestion runs, newest first; ARGS="--limit 5"
	$(RUN) runs $(ARGS)

changes: ## what changed between the live run and the one before; ARGS="--from-run 41 --xlsx changes.xlsx"
	$(RUN) changes $(ARGS)

ask: ## what the API answers, without a server; ARGS="'prodplan/orders?overdue=true&sort=due'"
	$(RUN) ask $(ARGS)

plant: ## the plants: ARGS=list, migrate, "add north …", "export north --out north.zip", "remove north --yes north"
	$(RUN) plant $(ARGS)

distribute: ## the steps that distribute a plant's database with Citus; ARGS="--plant north --run north" carries them out
	$(RUN) distribute $(ARGS)

publish: ## make an earlier run live again; ARGS=run
	$(RUN) publish $(ARGS)

retain: ## drop old snapshots, as each ingestion does; ARGS="--keep N"
	$(RUN) retain $(ARGS)

feature-gates: ## FEATURE_GATES.json of the live run
	$(RUN) feature-gates $(ARGS)

sample-workbook: ## a synthetic workbook; OUT=file
	$(RUN) sample-workbook "$$OUT" $(ARGS)

##@ Service

up: ## start the persistent server and keep it running
	$(RUN) up $(ARGS)

down: ## stop it; its data stay
	$(RUN) down $(ARGS)

serve: ## the API on the persistent server
	$(RUN) serve $(ARGS)

worker: ## carry out the ingestions that the API is asked for
	$(RUN) worker $(ARGS)

api-key: ## make or revoke an API key; ARGS="NAME --scope read"
	$(RUN) api-key $(ARGS)

bootstrap: ## database, roles and schema made or brought to head, and verified
	$(RUN) bootstrap $(ARGS)

migrate-from-zero: ## the schema from nothing, in a scratch database
	$(RUN) migrate-from-zero $(ARGS)

slo-results: ## docs/perf/SLO_RESULTS.json
	$(RUN) slo-results $(ARGS)

##@ Development

test: ## the other tests; corpus, look, gate-wheel and backend-wheel are started by themselves
	$(RUN) test $(ARGS)

lint: ## ruff: rules and layout
	$(RUN) lint

types: ## mypy, strict; six folders of tests with the relaxations of pyproject.toml
	$(RUN) types

imports: ## packages import downwards only
	$(RUN) imports

format: ## ruff: mend what it can
	$(RUN) format

fuzz: ## change and make tiny workbooks at random and read them, for ten minutes; ARGS="--seconds 60 --seed 1"
	$(RUN) fuzz $(ARGS)

corpus: ## take every case of the corpus into a database, whole and in pieces, by command and by upload (minutes)
	$(RUN) corpus $(ARGS)

look: ## open the run's page and those of the API in Chromium, from phone to 4K, and keep the pictures (needs chromium, node and npm)
	$(RUN) look $(ARGS)

gate-wheel: ## install pytest-release-gate alone in an empty environment and follow its guide
	$(RUN) gate-wheel $(ARGS)

backend-wheel: ## install the backend's wheel in an empty environment: bootstrap, ingest, serve
	$(RUN) backend-wheel $(ARGS)

clean: ## remove the environment and caches; .local (data) and docs/_runs (evidence) stay
	rm -rf .venv .tox .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks .import_linter_cache *.egg-info
