package caller

import (
	"crypto/sha256"
	"encoding/binary"
)

// Digest stands for an id that must be remembered but not kept: the first 16
// bytes of a SHA-256. The zero Digest stands for no id.
type Digest [16]byte

// IsZero reports whether d stands for no id.
func (d Digest) IsZero() bool { return d == Digest{} }

// DigestOf hashes parts, each with its length before it, so that no two lists
// share a digest through what a part contains. Ids count as raw bytes: nothing
// is trimmed or folded.
func DigestOf(parts ...string) Digest {
	size := 0
	for _, p := range parts {
		size += 4 + len(p)
	}
	buf := make([]byte, 0, size)
	for _, p := range parts {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(p)))
		buf = append(buf, p...)
	}
	sum := sha256.Sum256(buf)
	return Digest(sum[:16])
}
