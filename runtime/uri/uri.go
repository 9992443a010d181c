package uri

import "slices"

// A URI names one secret, or one key of it, in its canonical form. Two URIs are
// equal under == exactly if their canonical forms are, so a URI can be a map
// key. The zero value is invalid and names nothing; [Parse] makes the others.
type URI struct {
	canonical string

	// Ends of the parts in canonical, as byte offsets. They follow from canonical
	// alone, which is what makes == agree with comparing it.
	provider, scheme, mount, path, key uint16

	version int32
}

// String returns the canonical form, or "" for the zero URI.
func (u URI) String() string { return u.canonical }

// IsZero reports whether u is the zero URI, which names nothing.
func (u URI) IsZero() bool { return u.canonical == "" }

// Scheme returns what stands before "://", in lower case: "openbao+kv2".
func (u URI) Scheme() string { return u.part(0, u.scheme) }

// Provider returns the scheme without its engine, which is the name of the
// provider or of the instance: "openbao", "openbao-eu".
func (u URI) Provider() string { return u.part(0, u.provider) }

// Engine returns the scheme's engine, "kv2", or "" if the scheme has none.
func (u URI) Engine() string { return u.part(u.provider+1, u.scheme) }

// Mount returns the first segment after "://".
func (u URI) Mount() string { return u.part(u.scheme+uint16(len(separator)), u.mount) }

// Path returns the segments after the mount, joined by slashes.
func (u URI) Path() string { return u.part(u.mount+1, u.path) }

// Key returns the key behind "#", or "" if u names the whole secret.
func (u URI) Key() string { return u.part(u.path+1, u.key) }

// Version returns the pinned version, or 0 if u names the latest.
func (u URI) Version() int { return int(u.version) }

// part returns the bytes from one offset to another. An absent part, and every
// part of the zero URI, starts behind its end.
func (u URI) part(from, to uint16) string {
	if from >= to {
		return ""
	}
	return u.canonical[from:to]
}

// Guard checks u against the mounts that the tenant may use now, which is how a
// client that reloads its mounts repeats the check that [Parse] made. It returns
// nil if u's mount is among them and otherwise an [Error] with the code
// [TenantMountMismatch]; the zero URI passes under no mounts. Guard does not
// allocate when it returns nil. The caller must not change mounts meanwhile.
func (u URI) Guard(mounts []string) error {
	mount := u.Mount()
	if mount != "" && slices.Contains(mounts, mount) {
		return nil
	}
	start := int(u.mount) - len(mount)
	return newError([]fault{newFault(mountNotAllowed, start, mount)}, "")
}

// MarshalText returns the canonical form; that of the zero URI is empty. There
// is no UnmarshalText, because a reference can't be read without a [Scope].
func (u URI) MarshalText() ([]byte, error) { return []byte(u.canonical), nil }
