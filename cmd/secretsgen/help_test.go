package main

import (
	"strings"
	"testing"
)

func TestEveryVerbTeaches(t *testing.T) {
	t.Parallel()
	for _, verb := range newRoot().Commands() {
		if verb.Long == "" || verb.Short == "" {
			t.Errorf("%s does not say what it does", verb.Name())
		}
		if !strings.Contains(verb.Example, "  "+verb.CommandPath()) {
			t.Errorf("%s has no examples", verb.Name())
		}
		if verb.Annotations[exitStatusKey] == "" {
			t.Errorf("%s does not say what its exit statuses mean", verb.Name())
		}
	}
}
