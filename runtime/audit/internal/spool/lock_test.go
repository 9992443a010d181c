//go:build unix

package spool

import (
	"syscall"
	"testing"
)

// A process that is being started has all that is open until it runs, and with
// it the lock.
func TestAFolderIsGivenBackThoughAnotherProcessIsBeingStarted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, _ := open(t, Config{Dir: dir})
	inherited, err := syscall.Dup(int(s.lock.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(inherited)
	shut(t, s)
	s, _ = open(t, Config{Dir: dir})
	shut(t, s)
}
