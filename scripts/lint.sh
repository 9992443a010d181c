#!/usr/bin/env bash
# Lints the Go code of every module, its format (gofumpt) included, by the rules
# of .golangci.yml, and the shell scripts. golangci-lint is built by Go on the
# first run, in about a minute, and kept in Go's build cache; no module depends
# on it.
#
#   LINT_FIX=1   also mend what can be mended

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

config=$PWD/.golangci.yml
golangci=github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

need_go
need_certificates
command -v shellcheck >/dev/null || need_packages shellcheck

say "shellcheck"
shellcheck .ci/run scripts/*.sh
failed=()
for module in $(modules) $(server_modules); do
	say "$module: golangci-lint"
	(
		cd "$module"
		# The flag that servers are built with: what that compiled serves here.
		if server_modules | grep -qxF "$module"; then GOFLAGS+=" -trimpath"; fi
		go run "$golangci" run --config "$config" ${LINT_FIX:+--fix} ./...
	) || failed+=("$module")
done
((${#failed[@]} == 0)) || die "FAIL: ${failed[*]}"
