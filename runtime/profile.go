package runtime

import (
	"maps"
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

// profileSetting names the profile.
const profileSetting = "SECRETS_PROFILE"

// has reports whether a profile chooses a reference of the declaration, ""
// being no profile.
func (d Declaration) has(profile string) bool {
	_, ok := d.Profiles[profile]
	return ok && profile != ""
}

// under is the declaration with the reference that a profile chooses for it.
func (d Declaration) under(profile string) Declaration {
	if d.has(profile) {
		d.URI = d.Profiles[profile]
	}
	return d
}

// chosen are the declarations that were passed, with the references that the
// client's profile chooses.
func (b *builder) chosen() []Declaration {
	all := make([]Declaration, len(b.declarations))
	for i, d := range b.declarations {
		all[i] = d.under(b.cfg.Profile)
	}
	return all
}

// byProfile says of a chosen declaration that its reference is not the one that
// is written first.
func (b *builder) byProfile(d Declaration) string {
	if d.has(b.cfg.Profile) {
		return " under " + profileSetting
	}
	return ""
}

// profile checks that some declaration has the client's profile: a slip in the
// setting must not read the references of no profile. A client that was passed
// no declarations can't tell; then [NewSet] does.
func (b *builder) profile() {
	if !b.declared || hasProfile(b.declarations, b.cfg.Profile) {
		return
	}
	b.problems = append(b.problems, unknownProfile(b.declarations))
}

// checkProfile is the check of [NewSet].
func (k *core) checkProfile(declarations []Declaration) error {
	if k.declared || hasProfile(declarations, k.profile) {
		return nil
	}
	p := unknownProfile(declarations)
	p.Detail += "; if it is another package's, pass runtime.Declared with the declarations of both to runtime.New"
	return settings.NewError([]settings.Problem{p})
}

func hasProfile(declarations []Declaration, profile string) bool {
	return profile == "" || slices.ContainsFunc(declarations, func(d Declaration) bool { return d.has(profile) })
}

// unknownProfile lists the profiles that there are. They are declared names, and
// the one that was set is not shown.
func unknownProfile(declarations []Declaration) settings.Problem {
	known := map[string]bool{}
	for _, d := range declarations {
		for profile := range d.Profiles {
			known[profile] = true
		}
	}
	names := slices.Sorted(maps.Keys(known))
	detail := "names a profile that no declaration has: unset it"
	switch len(names) {
	case 0:
	case 1:
		detail += ", or set it to " + names[0]
	default:
		detail += ", or set it to one of " + strings.Join(names, ", ")
	}
	return settings.Problem{Name: profileSetting, Detail: detail}
}
