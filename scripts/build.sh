#!/usr/bin/env bash
# Compiles every module, and puts the command at bin/secretsgen.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_go
need_certificates
for module in $(modules); do
	say "$module: go build"
	(cd "$module" && go build ./...)
done
go build -o bin/secretsgen ./cmd/secretsgen
