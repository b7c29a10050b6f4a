# The front door. Every target is a line or two; the work is done by `python -m tools.upkeep`.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON := .venv/bin/python
UPKEEP := $(PYTHON) -m tools.upkeep
VENV := .venv/.ready
# What is asked of one plan alone: make gate STACK=staging, or FILE=...
PLAN = $(or $(FILE),Pulumi.$(or $(STACK),prod).yaml)
# A file's tests stay together: they share what its fixtures have set up.
IN_PARALLEL := -n auto --dist loadfile

.PHONY: help up preview down check coverage restorable calendar gate due verify page dashboards runbooks handbook drill evidence acknowledge reviews export sandbox test test-fast lint lint-workflows bench schema lock clean

help: ## what there is
	@echo "Upkeep: a maintenance plan that runs"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-24s %s\n", $$1, $$2 }'

up: $(VENV) ## deploy staging, then prod, into a cloud on this machine (STACK=prod: only that one; FILE=...)
	@$(UPKEEP) up $(STACK) $(if $(FILE),--file "$(FILE)")

preview: $(VENV) ## what a deployment would change: make preview STACK=prod
	@$(UPKEEP) preview $(STACK)

down: $(VENV) ## destroy both environments in the running sandbox (STACK=prod: only that one)
	@$(UPKEEP) down $(STACK)

check: $(VENV) ## prove the plans, without engine or cloud
	@$(UPKEEP) check $(STACK)

restorable: $(VENV) ## what could be restored on a day: make restorable AT=2027-03-20 STACK=prod
	@$(UPKEEP) restorable $(STACK) $(if $(AT),--at "$(AT)") $(if $(FILE),--file "$(FILE)") \
		$(if $(SINCE),--since "$(SINCE)") $(if $(MAINTENANCE),--maintenance "$(MAINTENANCE)")

calendar: $(VENV) ## what happens in the next three months: make calendar STACK=prod FROM=2027-01-01 (ALL=1)
	@$(UPKEEP) calendar $(STACK) $(if $(FROM),--from "$(FROM)") $(if $(FILE),--file "$(FILE)") \
		$(if $(ALL),--all)

gate: $(VENV) ## whether something may be deployed: make gate AT="2026-12-30 03:10" (HOTFIX="why", RELEASE=major)
	@$(PYTHON) -m pulumi_upkeep.plan.gate "$(PLAN)" $(if $(AT),--at "$(AT)") \
		$(if $(HOTFIX),--hotfix "$(HOTFIX)") $(if $(RELEASE),--release "$(RELEASE)")

due: $(VENV) ## until when a case is answered: make due SEVERITY=p1 AT="2026-11-25 16:30"
	@$(PYTHON) -m pulumi_upkeep.plan.due "$(PLAN)" "$(or $(SEVERITY),p0)" $(if $(AT),--at "$(AT)")

verify: $(VENV) ## ask the plan's uptime checks now, as after a deployment (FOR="1 minute")
	@$(PYTHON) -m pulumi_upkeep.operate.verify "$(PLAN)" $(if $(FOR),--for "$(FOR)")

page: $(VENV) ## who would be woken: make page ALERT=uptime-checkout AT="2027-03-14 03:00" STACK=prod
	@$(UPKEEP) page $(STACK) $(if $(ALERT),--alert "$(ALERT)") $(if $(AT),--at "$(AT)") \
		$(if $(FILE),--file "$(FILE)")

dashboards: $(VENV) ## each dashboard as a page, in build/dashboards: make dashboards STACK=prod
	@$(UPKEEP) dashboards $(STACK) $(if $(FILE),--file "$(FILE)")

runbooks: $(VENV) ## a readable page for every runbook and alert, in build/runbooks: make runbooks STACK=prod
	@$(UPKEEP) runbooks $(STACK)

handbook: $(VENV) ## the operations handbook as a site, in build/handbook: make handbook STACK=prod
	@$(UPKEEP) handbook $(STACK) $(if $(FILE),--file "$(FILE)")

coverage: $(VENV) ## every clause of both plans and what keeps it, in build/coverage (REAL=1)
	@$(UPKEEP) coverage $(if $(REAL),--real)

drill: $(VENV) ## break it and bring it back: make drill SCENARIO=database-failure STACK=prod
	@$(UPKEEP) drill "$(or $(SCENARIO),?)" $(or $(STACK),prod) $(foreach each,$(PLANT),--plant $(each))

evidence: $(VENV) ## verify and show the ledger of proofs: make evidence STACK=prod (HEAD=..., REAL=1)
	@$(UPKEEP) evidence $(or $(STACK),prod) $(if $(HEAD),--head "$(HEAD)") $(if $(REAL),--real)

export: $(VENV) ## what is there already, as text of the plan: make export STACK=prod (REAL=1)
	@$(UPKEEP) export $(or $(STACK),prod) $(if $(REAL),--real)

reviews: $(VENV) ## which incidents still owe their review: make reviews STACK=prod (REAL=1)
	@$(UPKEEP) reviews $(or $(STACK),prod) $(if $(REAL),--real)

acknowledge: $(VENV) ## the test of a route was read: make acknowledge ROUTE=p0-us-east-1 CODE=1a2b3c4d STACK=prod (REAL=1)
	@$(UPKEEP) acknowledge $(or $(STACK),prod) --route "$(ROUTE)" --code "$(CODE)" $(if $(REAL),--real)

sandbox: $(VENV) ## run the sandbox until Ctrl-C; make up, preview and down use it
	@$(PYTHON) -m sandbox

test: $(VENV) ## all tests, the real engine included
	@$(UPKEEP) engine
	@$(PYTHON) -m pytest -m "not engine" $(IN_PARALLEL)
	@$(PYTHON) -m pytest -m engine

test-fast: $(VENV) ## the quick tests alone
	@$(PYTHON) -m pytest -m "not engine and not slow" --ignore=tests/engine $(IN_PARALLEL)

lint: $(VENV) ## style and types
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

lint-workflows: ## the workflows of .github
	@if [ -x tools/lint-workflows.sh ]; then tools/lint-workflows.sh; fi

bench: $(VENV) ## time and memory against the same resources declared raw
	@$(PYTHON) -m bench

schema: $(VENV) ## write the generated files anew (JSON Schema of the plan, package schema)
	@$(UPKEEP) schema

lock: ## pin the requirements anew, after an edit of requirements*.in
	@tools/lock.sh

clean: ## remove what was built here (ALL=1: the engine in the cache, too)
	@tools/clean.sh $(if $(ALL),all)

$(VENV): requirements-dev.txt requirements.txt components/pyproject.toml tools/bootstrap.py
	@tools/bootstrap.sh .venv requirements-dev.txt
	@touch $@
