package file

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

const (
	rootVariable  = "FILE_MOUNT_PATH"
	rootsVariable = "FILE_MOUNT_ROOTS"
	defaultRoot   = "/run/secrets"
)

// readRoots makes the provider, or returns a [*settings.Error] with everything
// that is malformed or is no directory. The common root need not be there where it
// is not named and mounts have their own.
func readRoots(in providers.Instance) (*provider, error) {
	r := settings.NewReader(in.Settings)
	p := &provider{own: ownRoots(r, in.Logger), other: &root{name: r.String(rootVariable, defaultRoot), logger: in.Logger}}
	_, named := r.Lookup(rootVariable)
	if !directory(p.other.name) && (named || len(p.own) == 0) {
		r.Report(rootVariable, "is not a directory that this process can see: give the one that holds the secret files, in place of "+defaultRoot)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	p.other.warn(slog.String("setting", rootVariable))
	for mount, own := range p.own {
		own.warn(slog.String("mount", mount))
	}
	return p, nil
}

// ownRoots reads the roots by mount name.
func ownRoots(r *settings.Reader, logger *slog.Logger) map[string]*root {
	own := map[string]*root{}
	for i, entry := range r.List(rootsVariable) {
		mount, dir, _ := strings.Cut(entry, "=")
		problem := ""
		switch {
		case !settings.IsSegment(mount) || dir == "":
			problem = "is not a mount, = and a directory: write them as in db=/run/db,tls=/etc/tls"
		case own[mount] != nil:
			problem = "names a mount for the second time: give each mount one root"
		case !directory(dir):
			problem = "is not a directory that this process can see: give the one that holds the secret files of the mount"
		}
		if problem != "" {
			r.Report(rootsVariable, fmt.Sprintf("its entry %d %s", i+1, problem))
			continue
		}
		own[mount] = &root{name: dir, logger: logger}
	}
	return own
}

func directory(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// warn warns of a root in which others may put files. In one with the sticky bit,
// as Kubernetes makes them, they can't replace any.
func (r *root) warn(which slog.Attr) {
	info, err := os.Stat(r.name)
	if err == nil && info.Mode()&othersWrite != 0 && info.Mode()&os.ModeSticky == 0 {
		r.logger.Warn("every user of this machine may put files among the secret files: take the permission to write from others", which)
	}
}
