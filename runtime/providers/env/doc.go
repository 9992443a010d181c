// Package env reads environment variables.
//
//	client, err := runtime.New(ctx, cfg, env.Provider())
//
// env://secret/API_TOKEN is the variable API_TOKEN as it is now. The mount
// plays no part in finding it; it is what the tenant is checked against. The
// value is the variable's bytes as they are, and one that is set to nothing is
// there and empty. With a key, the value is read as a JSON object, as for any
// scalar. There are no versions.
//
//	ENV_SCRUB  true takes a variable out of the environment once it was read
//
// # Scrubbing
//
// With ENV_SCRUB=true the first read of a variable unsets it, so that neither a
// child process nor a dump of os.Environ gets it, and later reads are served from
// memory until the client is closed. A variable that is set again is read, and
// unset, again. Each goes when it is read and not before: a program that wants all
// of them gone at start calls the generated Load.
//
// What it does not do: the kernel goes on showing in /proc/PID/environ what the
// process was started with; children that were started before have their copy, and
// so have the settings that ConfigFromEnv took; the memory is not erased. And a
// second client of the same process, which shares the environment but not the
// memory, no longer finds what the first has read.
package env
