#!/usr/bin/env bash
# Builds the Vault server of the end-to-end tests once, and prints the path of
# the binary to standard output. It is kept outside the tree, in the user's cache
# folder, under a name that changes with its sources. All else that this script
# says goes to standard error. E2E_VAULTSERVER_BIN names a binary to use instead.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# build compiles to the file named, with a sign of life every 15 seconds: a cold
# build takes minutes, in which go itself says nothing.
build() {
	warn "building the Vault server for the end-to-end tests: once, about 3 minutes on 2 cores"
	(
		# The same flags for both, so that what one compiles serves the other.
		cd e2e/vaultserver &&
			go build -trimpath -ldflags '-s -w' -o "$1" . &&
			go vet -trimpath .
	) >&2 &
	local pid=$! start=$SECONDS beat=15
	trap 'kill "$pid" 2>/dev/null' EXIT
	while kill -0 "$pid" 2>/dev/null; do
		sleep 1
		if ((SECONDS - start >= beat)); then
			warn "... still building the Vault server, $beat s"
			((beat += 15))
		fi
	done
	trap - EXIT
	wait "$pid" || return
	warn "built the Vault server in $((SECONDS - start)) s"
}

main() {
	if [[ -n ${E2E_VAULTSERVER_BIN:-} ]]; then
		[[ -x $E2E_VAULTSERVER_BIN ]] || die "E2E_VAULTSERVER_BIN names no program: $E2E_VAULTSERVER_BIN"
		echo "$E2E_VAULTSERVER_BIN"
		return
	fi
	local cache sum bin
	cache=${XDG_CACHE_HOME:-${HOME:?is not set, and neither is XDG_CACHE_HOME}/.cache}/secretsgen
	sum=$(cd e2e/vaultserver && cat go.mod go.sum ./*.go | sha256sum | cut -c 1-16)
	bin=$cache/vaultserver-$sum
	if [[ ! -x $bin ]]; then
		need_go
		need_certificates
		mkdir -p "$cache"
		# Under another name first: an interrupted build must not look finished.
		build "$bin.$$" || {
			rm -f "$bin.$$"
			die "The Vault server could not be built. Once the cause above is gone, run this again:" \
				$'\n\n    scripts/vaultserver.sh\n'
		}
		mv "$bin.$$" "$bin"
	fi
	echo "$bin"
}

main
