package kv2

import (
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/providers"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

// mounts says where the mounts of references are on the server.
//
// To the server, a path below a namespace is the same whether the namespace
// stands in the header or before the path: with the header "ns1", the path
// "ns2/secret/data/app" is the mount "secret" of the namespace "ns1/ns2". A mount
// that is spelled like a namespace below the configured one would therefore leave
// it, and past the guard, which knows mounts and not namespaces. The names that
// the server keeps for itself ("sys", "auth") are no mounts either. So neither
// may be the first segment of what is asked for, and nothing is asked then.
type mounts struct {
	aliases  map[string]string // by the one segment of a reference; the value may have several
	children []string          // namespaces right below the configured one
}

// reservedRoots are what the server keeps at the root of each namespace. None of
// them can be the name of a namespace or of a mount for secrets.
var reservedRoots = []string{"audit", "auth", "cubbyhole", "identity", "root", "sys"}

// path is where the engine answers about a document: view is the engine's word,
// such as "data". It refuses what the library or the server would resolve into
// another path or another namespace; all else is escaped on the wire.
func (m mounts) path(view string, at providers.Location) (string, bool) {
	mount, ok := m.aliases[at.Mount]
	if !ok {
		mount = at.Mount
	}
	if !resolvesToItself(mount) || !resolvesToItself(at.Path) || m.isTaken(mount) {
		return "", false
	}
	return mount + "/" + view + "/" + at.Path, true
}

// isTaken reports whether a mount starts with what is none.
func (m mounts) isTaken(mount string) bool {
	root, _, _ := strings.Cut(mount, "/")
	return slices.Contains(reservedRoots, root) || slices.Contains(m.children, root)
}

func resolvesToItself(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

// readMounts reads aliases and child namespaces, and reports what is malformed.
func readMounts(r *settings.Reader, kv settings.KV) mounts {
	m := mounts{aliases: map[string]string{}, children: kv.ChildNamespaces}
	for _, name := range kv.ChildNamespaces {
		if !settings.IsSegment(name) || slices.Contains(reservedRoots, name) {
			r.Report(kv.Names.ChildNamespaces, "holds what is no name of a namespace: give the names of those right below the configured one, without a slash")
		}
	}
	for _, item := range kv.Mounts {
		alias, path, _ := strings.Cut(item, "=")
		_, repeated := m.aliases[alias]
		switch {
		case !settings.IsSegment(alias) || !canonical(path):
			r.Report(kv.Names.Mounts, "holds what is no alias of a mount: write alias=path/of/the/mount, the alias as references have it")
		case repeated:
			r.Report(kv.Names.Mounts, "gives one alias to two mounts")
		case m.isTaken(alias) || m.isTaken(path):
			r.Report(kv.Names.Mounts, "names a mount that starts with a name of the server's own, such as sys, or of a child namespace")
		}
		m.aliases[alias] = path
	}
	return m
}

// readNamespace returns the namespace as it is sent. One slash at its end, as
// Vault's own programs write it, is dropped; "root" alone is the server's name of
// the root namespace, which needs no header, and no other may hold it.
func readNamespace(r *settings.Reader, kv settings.KV) string {
	namespace := strings.TrimSuffix(kv.Namespace, "/")
	if kv.Namespace == "" || namespace == "root" {
		return ""
	}
	reserved := slices.ContainsFunc(strings.Split(namespace, "/"), func(s string) bool { return slices.Contains(reservedRoots, s) })
	if !canonical(namespace) || reserved {
		r.Report(kv.Names.Namespace, "is no namespace: write its path, such as team-a/dev, without root before it, and look for white space or a line break at its end")
	}
	return namespace
}

// canonical reports whether text is segments as references have them.
func canonical(text string) bool {
	for segment := range strings.SplitSeq(text, "/") {
		if !settings.IsSegment(segment) {
			return false
		}
	}
	return true
}
