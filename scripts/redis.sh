#!/usr/bin/env bash
# Brings the Redis server that the tests of the shared store start, and prints the
# path of the binary to standard output: the one in PATH, or else the Debian package's.
# All else that this script says goes to standard error. E2E_REDIS_BIN names a binary
# to use instead.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

named_server E2E_REDIS_BIN || {
	command -v redis-server >/dev/null || need_packages redis-server >&2
	command -v redis-server
}
