// Package file reads files that something else put there: Docker, Kubernetes,
// the CSI secrets store, systemd.
//
//	client, err := runtime.New(ctx, cfg, file.Provider())
//
// file://secret/db/password is the file db/password below the root of its mount.
// The mount itself is not a directory: it is what the tenant is checked against
// (DESIGN section 6).
//
//	FILE_MOUNT_ROOTS  roots by mount, as db=/run/db,tls=/etc/tls; none by default
//	FILE_MOUNT_PATH   the root of every other mount, /run/secrets by default
//
// A directory's name can have no comma here, and no space around it. The default
// of FILE_MOUNT_PATH need not be there beside FILE_MOUNT_ROOTS.
//
// A file is one value, its bytes exactly as they are. With a key, the file is read
// as a JSON object. A directory is a document whose fields are its files;
// directories in it, and names that start with "..", are not among them. There are
// no versions.
//
// # Newlines
//
// A newline at the end of a file is part of what this package gives. It is the
// declared type that drops it: one, "\n" or "\r\n", before anything is read as
// text; none from bytes without an encoding, which are what is stored
// (runtime/decode).
//
// # Replacement
//
// Nothing is kept between reads, so a replaced file is read anew. Kubernetes and
// the CSI secrets store replace a whole volume by swapping its symbolic link
// ..data; a read of such a directory, or of one within it, takes all files from the
// generation that the link names at that moment, so that a new password never comes
// with an old user name. What is gone while it is read is looked for once more: a
// swap has replaced it.
//
// # Confinement
//
// No symbolic link leads out of the root. What is not a regular file is refused
// and not waited for. A file, or all files of a directory together, may have 1
// MiB, and a directory 1,024 entries.
//
// # Permissions
//
// The log is warned once for each root, and told the mount and no path: of a secret
// file that users other than its owner and its group may read, or may write, unless
// they can't get into the root; and of a root into which they may put files, but
// for one with the sticky bit. What the group may do is not looked at, since an
// fsGroup in Kubernetes works by it. Nothing is refused.
//
// # Closing
//
// The provider holds nothing open and has no Close.
package file
