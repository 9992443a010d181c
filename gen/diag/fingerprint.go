package diag

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// fingerprintKey names what the fingerprints are made of, with a version that
// changes when that does.
const fingerprintKey = "finding/v1"

// fingerprints tells how often each finding came.
type fingerprints map[string]int

// of returns what stays the same about a finding while lines move: its file,
// code and message. Of several that are equal in these each has its own, by
// their order.
func (f fingerprints) of(d Diagnostic) string {
	same := strings.Join([]string{string(d.Code), d.Pos.File, d.Message}, "\x00")
	f[same]++
	sum := sha256.Sum256([]byte(same + "\x00" + strconv.Itoa(f[same])))
	return hex.EncodeToString(sum[:16])
}
