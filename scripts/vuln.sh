#!/usr/bin/env bash
# Looks up known vulnerabilities in what each module links. The Vault server is
# left out: an old release, for tests on loopback alone.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_go
need_certificates
for module in $(modules); do
	say "$module: govulncheck"
	(cd "$module" && go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...)
done
