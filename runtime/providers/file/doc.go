// Package file reads files that something else put there: Docker, Kubernetes,
// the CSI secrets store, systemd.
//
//	client, err := runtime.New(ctx, cfg, file.Provider())
//
// file://secret/db/password is the file db/password below the root, which
// FILE_MOUNT_PATH names and which is /run/secrets otherwise. The mount is not a
// directory: it is what the tenant is checked against (DESIGN section 6).
//
// A file is one value, its bytes exactly as they are: a newline at its end is
// part of it, and it is the declared type that drops it (runtime/decode). With a
// key, the file is read as a JSON object. A directory is a document whose fields
// are its files; directories in it, and names that start with "..", are not
// among them. There are no versions.
//
// # Replacement
//
// Nothing is kept between reads, so a replaced file is read anew. Kubernetes
// replaces a whole directory by swapping its symbolic link ..data; a read of
// such a directory takes all files from the one that the link names at that
// moment, so that a new password never comes with an old user name.
//
// # Confinement
//
// No symbolic link leads out of the root. What is not a regular file is refused
// and not waited for. A file, or all files of a directory together, may have 1
// MiB, and a directory 1,024 entries.
package file
