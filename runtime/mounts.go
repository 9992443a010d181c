package runtime

import (
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/secretsgen/secretsgen/internal/yamltree"
)

// mountsInterval is how often a mount map is looked at for a change.
const mountsInterval = time.Second

// mountsLimit bounds the size of a mount map in bytes.
const mountsLimit = 1 << 20

// mountsFile is TENANT_MOUNTS_FILE: a YAML or JSON mapping of tenants to lists
// of mounts. It is read again when it changes; a broken file keeps the map that
// was in force, and the operator is told (DESIGN section 9).
type mountsFile struct {
	path, tenant string
	changed      func(problem string) // told of every new state of the file; no problem: it is in force

	start   time.Time
	next    atomic.Int64 // when to look again, in nanoseconds after start
	allowed atomic.Pointer[[]string]

	mu      sync.Mutex // held while looking
	stamp   fileStamp
	problem string
}

// openMounts reads the map for the first time. The problem says what is wrong
// with it; it is empty if nothing is.
func openMounts(path, tenant string, changed func(problem string)) (file *mountsFile, problem string) {
	f := &mountsFile{path: path, tenant: tenant, changed: changed, start: time.Now()}
	f.next.Store(int64(mountsInterval))
	allowed, stamp, problem := f.load()
	if problem == "" && len(allowed) == 0 {
		problem = "allows the tenant no mount"
	}
	f.stamp = stamp
	f.allowed.Store(&allowed)
	return f, problem
}

// mounts returns the mounts in force, which the caller must not change. It
// looks at the file at most once a second.
func (f *mountsFile) mounts() []string {
	if now := int64(time.Since(f.start)); now >= f.next.Load() && f.mu.TryLock() {
		f.look()
		f.next.Store(now + int64(mountsInterval))
		f.mu.Unlock()
	}
	return *f.allowed.Load()
}

// look replaces the map if the file has changed and is sound.
func (f *mountsFile) look() {
	if stampOf(f.path).equal(f.stamp) {
		return
	}
	allowed, stamp, problem := f.load()
	if stamp.info == nil && problem == f.problem {
		return // gone, as it was a second ago
	}
	f.stamp, f.problem = stamp, problem
	if problem == "" {
		f.allowed.Store(&allowed)
	}
	f.changed(problem)
}

// load reads the file. Only a regular file is opened: opening a named pipe
// would wait for a writer. The stamp is from before the content, so that a write
// in between shows as a change.
func (f *mountsFile) load() (allowed []string, stamp fileStamp, problem string) {
	stamp = stampOf(f.path)
	if stamp.info == nil || !stamp.info.Mode().IsRegular() {
		return nil, stamp, "is not a file that can be opened"
	}
	file, err := os.Open(f.path)
	if err != nil {
		return nil, stamp, "is not a file that can be opened"
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, mountsLimit+1))
	switch {
	case err != nil:
		return nil, stamp, "can't be read"
	case len(data) > mountsLimit:
		return nil, stamp, "is larger than 1 MiB"
	}
	allowed, problem = parseMounts(data, f.tenant)
	return allowed, stamp, problem
}

// fileStamp tells one state of a file from another without reading it: a
// renamed file, a swapped link or a write in place all differ in one of the
// three. The zero stamp equals no file's.
type fileStamp struct{ info os.FileInfo }

func stampOf(path string) fileStamp {
	info, err := os.Stat(path)
	if err != nil {
		return fileStamp{}
	}
	return fileStamp{info}
}

func (s fileStamp) equal(other fileStamp) bool {
	return s.info != nil && other.info != nil && os.SameFile(s.info, other.info) &&
		s.info.Size() == other.info.Size() && s.info.ModTime().Equal(other.info.ModTime())
}

// parseMounts returns the mounts of one tenant. Every entry is checked, so that
// a slip in another tenant's line is found before that tenant needs it.
func parseMounts(data []byte, tenant string) (allowed []string, problem string) {
	root, problems := yamltree.Parse(data)
	if len(problems) > 0 || root.Kind != yamltree.Mapping {
		return nil, "is not a mapping of tenants to lists of mounts"
	}
	for _, pair := range root.Pairs {
		if pair.Value.Kind != yamltree.Sequence {
			return nil, "has a tenant whose value is not a list of mounts"
		}
		for _, item := range pair.Value.Items {
			if item.Kind != yamltree.Scalar || item.Value == "" || item.Type == yamltree.Null {
				return nil, "has a mount that is not a name"
			}
			if pair.Key.Value == tenant {
				allowed = append(allowed, item.Value)
			}
		}
	}
	return allowed, ""
}
