package emit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/gen/model"
	"github.com/secretsgen/secretsgen/internal/testgo"
)

// TestTimesStandInTheDeclarations has a package that needs the package time for
// nothing else.
func TestTimesStandInTheDeclarations(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(s *model.Secret)
		want   string
	}{
		"cache":         {func(s *model.Secret) { s.Cache = &model.Literal{Value: 1500 * time.Millisecond} }, `Cache: 1500 * time.Millisecond},`},
		"response_wrap": {func(s *model.Secret) { s.ResponseWrap = &model.Literal{Value: time.Minute} }, `ResponseWrap: time.Minute},`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := quickstart(t)
			tt.change(p.Secrets[0])
			src := generate(t, p)
			if !strings.Contains(src, tt.want) {
				t.Errorf("the file does not hold\n%s\nit is\n%s", tt.want, src)
			}
			if err := testgo.Judge(p, testgo.Package{Accessors: []byte(src)}); err != nil {
				t.Error(err)
			}
		})
	}
}
