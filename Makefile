# Every target does its own set-up: a fresh machine needs Node with npm, make and git; the test servers need Debian's apt.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BUN_VERSION := $(shell sed -n 's/.*"packageManager": "bun@\([^"]*\)".*/\1/p' package.json)
COMMIT := $(shell git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)
BUN := .tools/node_modules/.bin/bun
BIOME := node_modules/.bin/biome
PEERS := .tools/peers/node_modules/node-sql-parser/package.json
RUN := $(BUN) run
TESTKIT := src/testkit
SOURCES := $(shell find src cmd -name '*.ts' ! -name '*.test.ts' ! -path 'src/testkit/*' 2>/dev/null)

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1\t\2/p' Makefile | while IFS=$$'\t' read -r name text; do printf '  make %-14s %s\n' "$$name" "$$text"; done

tools: node_modules/.installed ## Bun and the packages, at the exact versions of package.json and bun.lock

build: dist/pisanix ## dist/pisanix, one executable; prints its size and start-up time
	@$(RUN) $(TESTKIT)/start-time.ts

check: ## format, lint, types, tests, tidy: what must hold before a commit
	@$(MAKE) format-check lint types test tidy

format: tools ## rewrites the sources in our format
	@$(BIOME) check --write --linter-enabled=false src cmd *.json

lint: tools ## what Biome finds
	@$(BIOME) lint --error-on-warnings src cmd *.json

types: tools ## tsc --noEmit under the strictest flags
	@node_modules/.bin/tsc -p .

test: servers dist/pisanix ## all tests, with real MySQL and MariaDB servers
	@$(RUN) $(TESTKIT)/run-tests.ts

test-unit: tools ## the tests that need no server
	@$(RUN) $(TESTKIT)/run-tests.ts --path-ignore-patterns='**/*.mysql.test.ts'

tidy: tools ## the layout as a test: import directions, one door per package, sizes, stale files
	@$(RUN) $(TESTKIT)/run-tests.ts src/tidy.test.ts

generate: tools ## deploy/crd, deploy/schema and deploy/reference, from the schemas and the rules of the linter; src/sql/grammar.ts
	@$(RUN) cmd/generate.ts
	@$(RUN) $(TESTKIT)/grammar/main.ts

fuzz: tools ## every reader of untrusted bytes for a minute; SEED=, FUZZ_SECONDS=, TARGET= choose
	@$(RUN) $(TESTKIT)/fuzz/main.ts

servers: tools ## real MySQL and MariaDB on free loopback ports (or those of PISANIX_TEST_MYSQL, PISANIX_TEST_MARIADB)
	@$(RUN) $(TESTKIT)/servers/main.ts start

servers-stop: tools ## stops the servers that make servers started
	@$(RUN) $(TESTKIT)/servers/main.ts stop

demo: dist/pisanix ## the main job, live: manifests, proxy, queries, a refusal, metrics; stays up until Ctrl-C
	@exec $(RUN) $(TESTKIT)/demo.ts

bench: dist/pisanix servers ## CPU per query, latency and memory beside HAProxy, MySQL Router and a direct connection (half an hour; BENCH_FLAGS="--only scan --gate")
	@$(RUN) $(TESTKIT)/bench/main.ts $(BENCH_FLAGS)

bench-quick: dist/pisanix servers ## the same for two kinds of load, beside HAProxy only (under two minutes)
	@$(RUN) $(TESTKIT)/bench/main.ts --quick $(BENCH_FLAGS)

bench-sql: $(PEERS) ## what reading a statement costs, beside node-sql-parser; time a byte of texts up to 10 MB
	@$(RUN) $(TESTKIT)/statements/bench.ts

sysbench: dist/pisanix servers ## sysbench through the proxy on both servers: no error, and the same rows as direct
	@$(RUN) $(TESTKIT)/sysbench.ts

simulate: tools ## sessions on simulated servers and networks in virtual time (SEEDS=1..10000; SEEDS=7: one, with all that happens)
	@$(RUN) $(TESTKIT)/simulation/main.ts

tools-check: dist/pisanix servers ## dump and reload, LOAD DATA, mysqlbinlog, mysqlslap, mysqlcheck through the proxy: as direct
	@$(RUN) $(TESTKIT)/tools/main.ts

drivers: dist/pisanix servers ## drivers of many languages, direct and through the proxy: equal outcomes (DRIVERS=mysql2,PDO and SCENARIOS=log for some)
	@$(RUN) $(TESTKIT)/drivers/main.ts

bench-orm: dist/pisanix servers ## a hundred clients of an ORM on a pool of eight, beside eight direct connections
	@$(RUN) $(TESTKIT)/orm/main.ts

chaos: dist/pisanix ## many clients on few connections while everything fails: no wrong answer, no hang (CHAOS_SECONDS=600: in full)
	@$(RUN) $(TESTKIT)/chaos/main.ts

churn: dist/pisanix servers ## clients that come and go: is the proxy's memory flat? (CHURN_MINUTES=60: in full)
	@$(RUN) $(TESTKIT)/churn/main.ts

e2e-crd: tools ## the Kubernetes client against a real API server for custom resources, and the installation by Kubernetes' own code
	@$(RUN) $(TESTKIT)/crd-server/main.ts

soak: dist/pisanix ## the controller on an API server that restarts and forgets: no change lost, memory flat (LOAD_SECONDS=300: in full)
	@$(RUN) $(TESTKIT)/kube/load/soak.ts

admission-load: dist/pisanix ## pods created while certificates are renewed and replicas restart: no admission fails; prints p99
	@$(RUN) $(TESTKIT)/kube/load/admission-load.ts

bench-controller: dist/pisanix ## how soon the controller is ready, its memory, and a change with a thousand proxies
	@$(RUN) $(TESTKIT)/kube/load/bench-controller.ts

clean: ## removes what was built, fetched and started
	@if [ -d .servers ]; then $(MAKE) servers-stop; fi
	rm -rf dist node_modules .crd-server .servers .tools

.PHONY: help tools build check format format-check lint types test test-unit tidy generate fuzz servers servers-stop demo bench bench-quick bench-sql sysbench simulate tools-check drivers e2e-crd soak admission-load bench-controller clean chaos churn bench-orm

# Parsers to compare with. This one has 89 MB, so only who compares fetches it.
$(PEERS): $(BUN)
	npm install --prefix .tools/peers --no-save --no-audit --no-fund --loglevel=error node-sql-parser@5.4.0
	@touch $@

format-check: tools
	@$(BIOME) check --linter-enabled=false src cmd *.json

# Without --bytecode it starts slower; without the --no-... flags it would read .env and bunfig.toml of whatever folder it is started in.
dist/pisanix: $(SOURCES) package.json bun.lock Makefile node_modules/.installed
	@mkdir -p dist
	@$(BUN) build cmd/main.ts --compile --minify --bytecode --format=esm \
	  --no-compile-autoload-dotenv --no-compile-autoload-bunfig \
	  --define 'process.env.PISANIX_COMMIT="$(COMMIT)"' --outfile=$@.new >dist/build.log || { cat dist/build.log; exit 1; }
	@mv $@.new $@

node_modules/.installed: package.json bun.lock $(BUN)
	@$(BUN) install --frozen-lockfile
	@touch $@

# npm 11 may refuse to run install scripts; Bun's then has to be run by hand.
$(BUN): package.json
	@command -v npm >/dev/null || { echo 'pisanix needs Node 20 or later with npm to fetch Bun: on Debian, apt-get install nodejs npm' >&2; exit 1; }
	@if [ "$$($(BUN) --version 2>/dev/null)" != $(BUN_VERSION) ]; then \
	  echo "fetching Bun $(BUN_VERSION)"; \
	  npm install --prefix .tools --no-save --no-audit --no-fund --loglevel=error bun@$(BUN_VERSION); \
	  [ "$$($(BUN) --version 2>/dev/null)" = $(BUN_VERSION) ] || node .tools/node_modules/bun/install.js; \
	  [ "$$($(BUN) --version)" = $(BUN_VERSION) ]; \
	fi
	@touch $(BUN)
