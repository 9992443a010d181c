package uri

import "strings"

const versionParameter = "?version="

// uri makes the value of a reference that was read without a fault.
//
// Its canonical form is the scheme, the mount and path, the key and the version,
// each copied from the reference or, the scheme, as long as there, and each
// behind a separator that the reference has as well. So it is never longer than
// the reference, and its offsets fit 16 bits.
func (s *scanner) uri() URI {
	u := URI{
		provider: uint16(len(s.scheme)),
		scheme:   uint16(len(s.scheme)),
		mount:    uint16(s.mount),
		path:     uint16(s.path),
		version:  s.version,
	}
	if plus := strings.IndexByte(s.scheme, '+'); plus >= 0 {
		u.provider = uint16(plus)
	}
	length := s.path
	inPlace := strings.HasPrefix(s.ref, s.scheme)
	if s.hasKey {
		inPlace = inPlace && s.key.start == length+1
		length += len("#") + s.key.end - s.key.start
	}
	u.key = uint16(length)
	if s.hasVersion {
		inPlace = inPlace && s.digits.start == length+len(versionParameter)
		length += len(versionParameter) + s.digits.end - s.digits.start
	}
	if inPlace {
		u.canonical = s.ref[:length]
		return u
	}
	var b strings.Builder
	b.Grow(length)
	b.WriteString(s.scheme)
	b.WriteString(s.ref[len(s.scheme):s.path])
	if s.hasKey {
		b.WriteByte('#')
		b.WriteString(s.ref[s.key.start:s.key.end])
	}
	if s.hasVersion {
		b.WriteString(versionParameter)
		b.WriteString(s.ref[s.digits.start:s.digits.end])
	}
	u.canonical = b.String()
	return u
}
