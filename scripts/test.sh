#!/usr/bin/env bash
# Vets and tests every module of the repository, in random order and under the
# race detector, and brings what that needs: the C compiler of the race detector, the
# servers of the end-to-end tests and those of the shared store. All modules are tested, whatever fails
# on the way. A skipped end-to-end test fails; in CI any skipped test does.
#
#   TEST_COUNTS=FILE  appends `passed failed skipped`, a line for each module

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# test_module vets and tests the module in a folder, with the view's flags after it.
test_module() {
	(
		# -race for vet too: both then need the same packages compiled.
		cd "$1" && go vet -race ./... &&
			go test -json -race -shuffle=on -count=1 ./... | "$view" "${@:2}"
	)
}

# servers brings those of the end-to-end tests, or says which one is not to be had.
servers() {
	say "the servers of the end-to-end tests"
	E2E_VAULTSERVER_BIN=$(scripts/vaultserver.sh) || missing "the Vault server" || return
	E2E_CERBOS_BIN=$(scripts/cerbos.sh) || missing "the Cerbos server" || return
	E2E_OPA_BIN=$(scripts/opa.sh) || missing "the Open Policy Agent" || return
	E2E_KCAT_BIN=$(scripts/kcat.sh) || missing "kcat" || return
	export E2E_VAULTSERVER_BIN E2E_CERBOS_BIN E2E_OPA_BIN E2E_KCAT_BIN
}

# stores brings those of the shared store's tests.
stores() {
	E2E_REDIS_BIN=$(scripts/redis.sh) || missing "the Redis server" || return
	E2E_VALKEY_BIN=$(scripts/valkey.sh) || missing "the Valkey server" || return
	export E2E_REDIS_BIN E2E_VALKEY_BIN
}

missing() {
	warn "FAIL: the tests need $1, and it is not to be had."
	return 1
}

need_go
need_certificates
need_cc

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
view=$tmp/testview
go build -o "$view" ./scripts/testview

failed=()
for module in $(modules); do
	flags=(${TEST_COUNTS:+-counts "$(realpath "$TEST_COUNTS")"})
	[[ -z ${CI:-} && $module != ./e2e ]] || flags+=(-noskip)
	if [[ $module == ./e2e ]] && ! servers; then
		failed+=("$module")
		continue
	fi
	if [[ $module == ./runtime/pep/sharedstore ]] && ! stores; then
		failed+=("$module")
		continue
	fi
	say "$module: go vet, go test -race -shuffle=on -count=1"
	test_module "$module" "${flags[@]}" || failed+=("$module")
done
((${#failed[@]} == 0)) || die "FAIL: ${failed[*]}"
