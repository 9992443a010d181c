#!/usr/bin/env bash
# Writes anew what the tests compare with: the golden files of the generator,
# which must then compile and pass, and the transcript of the demo in the README.
# Read the change before you commit it.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_go
need_certificates
packages=$(packages_with . 'var update = flag.Bool("update"')
[[ -n $packages ]] || die "no test takes -update any more"
say "writing the golden files"
# shellcheck disable=SC2086 # one word for each package
go test -count=1 -run 'Golden|Readme' $packages -update
say "building and testing testdata/golden"
(cd testdata/golden && go vet ./... && go test -count=1 ./...)
if command -v git >/dev/null && [[ -d .git ]]; then
	git --no-pager diff --stat -- testdata examples README.md
fi
