package audit

import "os"

// WithSync is c with another fsync.
func (c SpoolConfig) WithSync(sync func(*os.File) error) SpoolConfig {
	c.sync = sync
	return c
}
