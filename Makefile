SHELL := bash
.SHELLFLAGS := -Eeuo pipefail -c
.DEFAULT_GOAL := help

mvn := .ci/with-tools mvn
# For what needs the jar to be there; make test is what tests it.
package := $(mvn) --quiet -DskipTests package
# Without the cache the start takes longer, and nothing else changes.
aot = $(if $(wildcard target/fleetdash.aot),-XX:AOTCache=target/fleetdash.aot)

.PHONY: help
help: ## Say what can be made
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

.PHONY: run
run: ## Build, and serve http://127.0.0.1:8080
	@.ci/setup build
	@$(package)
	@exec .ci/with-tools java @systemd/jvm.options $(aot) -jar target/fleetdash.jar

.PHONY: test
test: ## Check everything, as CI does
	@.ci/setup test
	@$(mvn) verify
	@src/test/deploy/run

.PHONY: boot
boot: ## Boot the user-data for real, in a container (root)
	@.ci/setup test
	@$(package)
	@src/test/deploy/boot/run

.PHONY: cli
cli: ## Deploy with version 2 of the AWS CLI, in a container (root)
	@.ci/setup test
	@$(package)
	@src/test/deploy/boot/cli-2 whole

.PHONY: interrupted
interrupted: ## Kill deploy and destroy after each of their calls
	@.ci/setup test
	@$(package)
	@src/test/deploy/interrupted

.PHONY: sql
sql: ## Read an archive with Trino and Spark (large downloads)
	@.ci/setup build
	@$(mvn) --quiet test-compile dependency:build-classpath -Dmdep.outputFile=target/test-classpath
	@.ci/with-tools src/test/sql/run

.PHONY: bench
bench: ## Measure against the budgets
	@.ci/setup bench
	@$(package) dependency:build-classpath -Dmdep.outputFile=target/test-classpath
	@.ci/with-tools src/bench/run

.PHONY: siege
siege: ## Attack a node, one way after the other, and measure it (half an hour and more)
	@.ci/setup build
	@$(package) dependency:build-classpath -Dmdep.outputFile=target/test-classpath
	@.ci/with-tools src/bench/siege

.PHONY: format
format: ## Format the sources
	@.ci/setup build
	@$(mvn) --quiet spotless:apply

.PHONY: lint
lint: ## Check the format and compile with all warnings
	@.ci/setup build
	@$(mvn) --quiet spotless:check test-compile

# Settings given to make go on to the command: make deploy ENV=staging ALLOW_CIDR=203.0.113.7/32

.PHONY: plan
plan: ## AWS: say what a deploy would change and cost
	@deploy/fleetdash plan $(MAKEOVERRIDES)

.PHONY: deploy
deploy: ## AWS: create or update the deployment
	@deploy/fleetdash deploy $(MAKEOVERRIDES)

.PHONY: status
status: ## AWS: show instances, health, versions, alarms, URL
	@deploy/fleetdash status $(MAKEOVERRIDES)

.PHONY: rollback
rollback: ## AWS: go back to an earlier version
	@deploy/fleetdash rollback $(MAKEOVERRIDES)

.PHONY: destroy
destroy: ## AWS: remove the deployment, keep its data
	@deploy/fleetdash destroy $(MAKEOVERRIDES)

.PHONY: doctor
doctor: ## AWS: look for what is wrong
	@deploy/fleetdash doctor $(MAKEOVERRIDES)

.PHONY: open
open: ## AWS: open the dashboard through Session Manager
	@deploy/fleetdash open $(MAKEOVERRIDES)

.PHONY: logs
logs: ## AWS: show the hosts' journals, or HOST='s
	@deploy/fleetdash logs $(MAKEOVERRIDES)

.PHONY: ssh
ssh: ## AWS: open a shell on HOST=
	@deploy/fleetdash ssh $(MAKEOVERRIDES)

.PHONY: restart
restart: ## AWS: restart fleetdash on HOST=
	@deploy/fleetdash restart $(MAKEOVERRIDES)
