#!/usr/bin/env bash
# Writes the golden files anew: what the generator makes of each case, which must
# compile and pass, and the page of diagnostics. Read the change before you commit
# it.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_go
need_certificates
packages=$(packages_with . 'func TestGolden(')
[[ -n $packages ]] || die "no package has a TestGolden"
say "writing the golden files"
# shellcheck disable=SC2086 # one word for each package
go test -count=1 -run '^TestGolden$' $packages -update
say "building and testing testdata/golden"
(cd testdata/golden && go vet ./... && go test -count=1 ./...)
if command -v git >/dev/null && [[ -d .git ]]; then
	git --no-pager diff --stat -- testdata docs
fi
