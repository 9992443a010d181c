package emit

import (
	"go/token"
	"go/types"
	"strings"

	"github.com/secretsgen/secretsgen/gen/model"
)

// handle is the field name for a declaration's handle: its Go name with the
// first word in lower case, so that APIKey is apiKey and OAuthToken oauthToken.
func handle(name model.Name) string {
	first, _, _ := strings.Cut(name.Snake, "_")
	n := len(first)
	if n == 0 || n > len(name.Go) || !strings.EqualFold(name.Go[:n], first) {
		n = 1
	}
	return strings.ToLower(name.Go[:n]) + name.Go[n:]
}

// renameReserved renames handles that would be a keyword, read as a predeclared
// identifier or clash with the root's set.
func (g *group) renameReserved() {
	taken := make(map[string]bool, len(g.secrets))
	for _, s := range g.secrets {
		taken[s.handle] = true
	}
	for _, s := range g.secrets {
		if !isReserved(s.handle) {
			continue
		}
		for taken[s.handle] {
			s.handle += "Secret"
		}
		taken[s.handle] = true
	}
}

func isReserved(name string) bool {
	return name == "set" || token.IsKeyword(name) || types.Universe.Lookup(name) != nil
}

// isIdentifier reports whether name is a Go identifier in ASCII: letters that
// look alike have no place in generated code.
func isIdentifier(name string) bool {
	for i := range len(name) {
		if name[i] >= 0x80 {
			return false
		}
	}
	return token.IsIdentifier(name)
}

func isExported(name string) bool { return isIdentifier(name) && token.IsExported(name) }
