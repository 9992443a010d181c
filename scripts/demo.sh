#!/usr/bin/env bash
# Regenerates the quickstart's accessors from its declarations and runs it. It
# needs no server and, once Go has downloaded the modules, no network.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

quickstart=examples/quickstart

# sums prints a checksum for each file of the quickstart.
sums() { find "$quickstart" -type f -exec sha256sum {} + | sort; }

need_go
need_certificates
before=$(sums)
say "go generate ./$quickstart/... (the first build takes a minute)"
go generate "./$quickstart/..."
say "go run ./$quickstart"
(
	cd "$quickstart"
	set -a
	# shellcheck source=examples/quickstart/dev.env
	source dev.env
	go run .
)
after=$(sums)
if [[ $before != "$after" ]]; then
	say "the demo changed these files; commit them if you meant to"
	comm -3 <(echo "$before") <(echo "$after") | sed 's/^.*  //' | sort -u
fi
