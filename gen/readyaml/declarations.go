package readyaml

import (
	"fmt"
	"slices"

	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/internal/yamltree"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// declarations reads the top level of a file.
func (f *file) declarations(n *yamltree.Node) {
	versioned := false
	f.mapping(n, "a file of declarations", []entry{
		{"version", func(_, value *yamltree.Node) {
			versioned = true
			if value.Type != yamltree.Int || value.Value != "1" {
				f.invalid(value, "this version is not known", "write version: 1")
			}
		}},
		{"package", f.packageName},
		{"root", f.root},
		{"tenant", f.tenant},
		{"instances", f.instances},
		{"schemes", f.schemes},
		{"secrets", f.secrets},
	})
	if !versioned {
		f.missingVersion(n)
	}
}

func (f *file) missingVersion(n *yamltree.Node) {
	f.diags.Add(diag.Diagnostic{
		Pos:     f.pos(n),
		Code:    diag.MissingVersion,
		Message: "the file has no version",
		Hint:    "start it with version: 1",
	})
}

func (f *file) packageName(key, value *yamltree.Node) {
	name, ok := f.text(value, "the name of a package")
	switch {
	case !ok:
	case f.tagged && name != f.pkg.Name:
		f.invalid(value, "this is not the package of the tagged struct", "remove the key")
	case f.only(key, name == f.pkg.Name):
		f.pkg.Name, f.pkg.NamePos = name, f.pos(value)
	}
}

func (f *file) root(key, value *yamltree.Node) {
	name, ok := f.text(value, "the name of the generated type")
	switch {
	case !ok:
	case name == "":
		f.invalid(value, "the generated type has no name", "write one, or remove the key")
	case f.only(key, name == f.into.Name):
		f.into.Name, f.into.Pos = name, f.pos(value)
	}
}

func (f *file) tenant(key, value *yamltree.Node) {
	tenant := model.Tenant{Pos: f.pos(value)}
	if value.Kind == yamltree.Mapping {
		f.mapping(value, "a tenant", []entry{
			{"id", func(_, id *yamltree.Node) { tenant.ID, _ = f.text(id, "the id of a tenant") }},
			{"mounts", func(_, mounts *yamltree.Node) { tenant.Mounts = f.mounts(mounts) }},
		})
	} else {
		f.invalid(value, "a tenant must be a mapping", "write tenant: {id: dev, mounts: [secret]}")
	}
	set := f.pkg.Tenant
	if f.only(key, set.ID == tenant.ID && slices.Equal(set.Mounts, tenant.Mounts)) {
		f.pkg.Tenant = tenant
	}
}

// mounts also returns mounts that it reports, so that they are not missed later.
func (f *file) mounts(n *yamltree.Node) []string {
	items := n.Items
	if n.Kind != yamltree.Sequence {
		f.invalid(n, "mounts must be a list", "write mounts: [secret]")
		items = []*yamltree.Node{n}
	}
	var mounts []string
	for _, item := range items {
		if item.Kind != yamltree.Scalar || item.Type == yamltree.Null || !isMount(item.Value) {
			f.invalid(item, "this is not the name of a mount", "use A-Z a-z 0-9 . _ - only")
		}
		mounts = append(mounts, item.Value)
	}
	return mounts
}

// isMount asks the one grammar of references.
func isMount(name string) bool {
	u, err := uri.Parse("file://"+name+"/path", uri.Scope{AnyMount: true})
	return err == nil && u.Mount() == name
}

func (f *file) instances(_, value *yamltree.Node) {
	if value.Kind != yamltree.Sequence {
		f.invalid(value, "instances must be a list", "write instances: [openbao-eu+kv2]")
	}
	for _, item := range value.Items {
		if name, ok := f.text(item, "an instance"); ok {
			f.pkg.Instances = append(f.pkg.Instances, model.Scheme{Name: name, Pos: f.pos(item)})
		}
	}
}

func (f *file) schemes(_, value *yamltree.Node) {
	if value.Kind != yamltree.Mapping {
		f.invalid(value, "schemes must be a mapping", "write schemes: {aws+sm: example.com/provider/package}")
	}
	for _, pair := range value.Pairs {
		path, _ := f.text(pair.Value, "the import path of a provider")
		f.pkg.Schemes = append(f.pkg.Schemes, model.Scheme{Name: pair.Key.Value, Import: path, Pos: f.pos(pair.Key)})
	}
}

// only reports a key that another file has set to something else, and returns
// whether this file is the first to set it.
func (f *file) only(key *yamltree.Node, same bool) bool {
	first, set := f.first[key.Value]
	if !set {
		f.first[key.Value] = f.pos(key)
		return true
	}
	if !same {
		f.diags.Add(diag.Diagnostic{
			Pos:     f.pos(key),
			Code:    diag.DuplicateKey,
			Message: fmt.Sprintf("another file of the package sets %s to something else", key.Value),
			Hint:    "keep it in one file",
			Related: []diag.Related{{Pos: first, Message: "the first one"}},
		})
	}
	return false
}
