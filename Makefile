# The commands of everyday work. Each is one script in scripts/, whose first
# lines say what it does and which variables it heeds.

help: ## Show this list.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 18

demo: ## Regenerate the quickstart and run it: no server, no network.
	@scripts/demo.sh

test: ## Vet and test everything, the end-to-end tests included.
	@scripts/test.sh

model: ## Check the model of the protocol with the shared store.
	@scripts/model.sh

lint: ## Lint the code and the scripts.
	@scripts/lint.sh

bench: ## Run the benchmarks.
	@scripts/bench.sh

fuzz: ## Run each fuzz target for FUZZTIME, 10s by default.
	@scripts/fuzz.sh

golden: ## Write the golden files anew, then compile and test them.
	@scripts/golden.sh

generate-check: ## Check that generated code and go.mod files are up to date.
	@scripts/generate-check.sh

vuln: ## Look for known vulnerabilities in what is linked (asks vuln.go.dev).
	@scripts/vuln.sh

build: ## Compile everything, and the command to bin/secretsgen.
	@scripts/build.sh

.PHONY: help demo test model lint bench fuzz golden generate-check vuln build
