# shellcheck shell=bash
# What the scripts beside this one share. Each of them sources this file first:
# it moves to the root of the repository, sets the environment that every Go
# command here runs in, and defines the helpers below. Needs bash and coreutils.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Stamping the revision fails in a checkout that belongs to another user.
export GOFLAGS="${GOFLAGS:-} -buildvcs=false"

# What the developer has set for a service of their own is not for the tests.
unset "${!VAULT_@}" "${!OPENBAO_@}" "${!BAO_@}" "${!HASHICORP_@}" \
	"${!SECRETS_@}" "${!SECRET_@}" "${!TENANT_@}" "${!KAFKA_@}" ENVIRONMENT

# say prints a heading that stands out from the output of the tools.
say() { printf '\n== %s\n' "$*"; }

# warn prints a remark to standard error.
warn() { printf '%s\n' "$*" >&2; }

# die prints why the script can't go on, and ends it.
die() {
	warn "$@"
	exit 1
}

# need_go ends the script with the version needed and a way to get it, unless a
# Go that can build this repository is in PATH.
need_go() {
	local want have how="https://go.dev/doc/install tells how to get it."
	want=$(sed -n 's/^go //p' go.mod)
	if ! command -v go >/dev/null; then
		[[ ! -x /usr/local/go/bin/go ]] ||
			how=$'It is in /usr/local/go. Run this, then try again:\n\n    export PATH=$PATH:/usr/local/go/bin\n'
		die "Go $want or newer is needed, and no go command is in PATH. $how"
	fi
	# An older Go fetches the version that go.mod names, unless told not to.
	have=$(go env GOVERSION) || have=$(GOTOOLCHAIN=local go env GOVERSION)
	at_least "${have#go}" "$want" || die "Go $want or newer is needed, and this is ${have#go}. $how"
}

# at_least VERSION MINIMUM compares two dotted versions.
at_least() { [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" == "$2" ]]; }

# need_packages PACKAGE... installs Debian packages: by itself as root,
# otherwise it ends the script with the one command to run.
need_packages() {
	if ! command -v apt-get >/dev/null; then
		die "Missing on this machine: $*. Install what your system calls these Debian packages, then try again."
	fi
	if [[ "$(id -u)" != 0 ]]; then
		die "Missing on this machine: $*. Run this, then try again:" $'\n\n    sudo apt-get install -y '"$*"$'\n'
	fi
	say "installing $*"
	export DEBIAN_FRONTEND=noninteractive
	local install=(apt-get install -y -qq --no-install-recommends "$@")
	# The package lists may be missing or old.
	"${install[@]}" </dev/null >/dev/null 2>&1 ||
		{ apt-get update -qq && "${install[@]}"; } </dev/null >/dev/null ||
		die "apt-get could not install $*. Install them by hand, then try again."
}

# need_certificates makes sure that Go can check who it downloads modules from.
need_certificates() {
	local file
	for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem "${SSL_CERT_FILE:-}"; do
		[[ -s $file ]] && return
	done
	need_packages ca-certificates
}

# need_cc makes sure of the C compiler and headers that the race detector wants.
need_cc() {
	if command -v "$(go env CC)" >/dev/null &&
		printf '#include <stdlib.h>\n' | "$(go env CC)" -E - >/dev/null 2>&1; then
		return
	fi
	need_packages gcc libc6-dev
}

# modules prints the folder of every module of the repository, one a line: the
# root first, the end-to-end tests last. Modules inside a package's testdata are
# input of its tests, and the servers of the end-to-end tests are built by
# scripts of their own.
modules() {
	echo .
	find . -mindepth 2 -name go.mod -not -path './*/testdata/*' \
		-not -path '*/.*/*' -not -path '*/node_modules/*' \
		-not -path ./e2e/go.mod -not -path './e2e/vaultserver/*' -not -path './e2e/opa/*' \
		-exec dirname {} \; | sort
	if [[ -f e2e/go.mod ]]; then echo ./e2e; fi
}

# server_modules prints the folders of the modules that are such servers.
server_modules() { printf '%s\n' ./e2e/vaultserver ./e2e/opa; }

# cache_folder prints where servers are kept: outside the tree.
cache_folder() {
	echo "${XDG_CACHE_HOME:-${HOME:?is not set, and neither is XDG_CACHE_HOME}/.cache}/secretsgen"
}

# named_server VARIABLE succeeds if the variable names a server to use in the
# place of the one that would be brought, and prints its path.
named_server() {
	[[ -n ${!1:-} ]] || return
	[[ -x ${!1} ]] || die "$1 names no program: ${!1}"
	echo "${!1}"
}

# go_server FOLDER TITLE TIME builds the server of a module once, and prints the
# path of the binary to standard output; all else goes to standard error. It is
# kept in the cache folder, under a name that changes with its sources.
go_server() {
	local folder=$1 title=$2 name cache sum bin
	name=$(basename "$folder")
	cache=$(cache_folder)
	sum=$(cd "$folder" && cat go.mod go.sum ./*.go | sha256sum | cut -c 1-16)
	bin=$cache/$name-$sum
	if [[ ! -x $bin ]]; then
		need_go
		need_certificates
		mkdir -p "$cache"
		warn "building $title for the end-to-end tests: once, about $3 on 2 cores"
		# Under another name first: an interrupted build must not look finished.
		with_beat "building $title" build_server "$folder" "$bin.$$" || {
			rm -f "$bin.$$"
			die "$title could not be built. Once the cause above is gone, run this again:" \
				$'\n\n    '"$0"$'\n'
		}
		mv "$bin.$$" "$bin"
	fi
	echo "$bin"
}

# build_server FOLDER FILE compiles and vets a server, with the same flags, so that
# what one compiles serves the other.
build_server() { (cd "$1" && go build -trimpath -ldflags '-s -w' -o "$2" . && go vet -trimpath .); }

# with_beat TITLE COMMAND... runs a command that is silent for minutes, with its
# output on standard error and a sign of life every 15 seconds.
with_beat() {
	local title=$1 pid start=$SECONDS beat=15
	shift
	"$@" >&2 &
	pid=$!
	trap 'kill "$pid" 2>/dev/null' EXIT
	while kill -0 "$pid" 2>/dev/null; do
		sleep 1
		if ((SECONDS - start >= beat)); then
			warn "... still $title, $beat s"
			((beat += 15))
		fi
	done
	trap - EXIT
	wait "$pid" || return
	warn "$title took $((SECONDS - start)) s"
}

# packages_with MODULE TEXT prints the packages of a module that have a test file
# in which a line begins with the text.
packages_with() {
	(
		cd "$1"
		go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{.Dir}}{{end}}' ./... |
			while read -r package dir; do
				if grep -q "^$2" "$dir"/*_test.go; then echo "$package"; fi
			done
	)
}
