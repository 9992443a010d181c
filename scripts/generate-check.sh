#!/usr/bin/env bash
# Checks that what is derived from other files is up to date: the generated code
# of the quickstart, the golden cases and the end-to-end tests, and the go.mod and
# go.sum of every module. It changes nothing, and lists all that is stale.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_go
need_certificates
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
go build -o "$tmp/secretsgen" ./cmd/secretsgen

failed=()
for folder in examples/quickstart testdata/golden e2e/kv/shop; do
	say "$folder: secretsgen generate --check"
	(cd "$folder" && "$tmp/secretsgen" generate --check ./...) || failed+=("$folder")
done
for module in $(modules) $(server_modules); do
	say "$module: go mod tidy -diff"
	(cd "$module" && go mod tidy -diff) || failed+=("$module/go.mod")
done
((${#failed[@]} == 0)) || die "FAIL: ${failed[*]}"
