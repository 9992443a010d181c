package freshness_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/internal/freshness"
)

func TestALifetimeIsWhatCacheControlSaysWithinLimits(t *testing.T) {
	t.Parallel()
	limits := freshness.Limits{Least: time.Minute, Default: time.Hour, Most: 24 * time.Hour}
	for name, tt := range map[string]struct {
		lines []string
		want  time.Duration
	}{
		"nothing":                      {nil, time.Hour},
		"an empty line":                {[]string{""}, time.Hour},
		"something else":               {[]string{"public, stale-if-error=9"}, time.Hour},
		"a max-age":                    {[]string{"max-age=600"}, 10 * time.Minute},
		"a max-age in capitals":        {[]string{"Public, Max-Age=600"}, 10 * time.Minute},
		"a max-age in quotes":          {[]string{`max-age="600"`}, 10 * time.Minute},
		"a max-age of a second line":   {[]string{"public", "max-age=600"}, 10 * time.Minute},
		"less than the least":          {[]string{"max-age=1"}, time.Minute},
		"no time at all":               {[]string{"max-age=0"}, time.Minute},
		"more than the most":           {[]string{"max-age=2147483647"}, 24 * time.Hour},
		"more than a number holds":     {[]string{"max-age=99999999999999999999"}, time.Minute},
		"a time below zero":            {[]string{"max-age=-1"}, time.Minute},
		"a max-age without a time":     {[]string{"max-age"}, time.Minute},
		"a max-age that is no number":  {[]string{"max-age=soon"}, time.Minute},
		"no-store":                     {[]string{"no-store"}, time.Minute},
		"no-cache beside a max-age":    {[]string{"max-age=600, no-cache"}, time.Minute},
		"no-cache with a field's name": {[]string{`no-cache="set-cookie", max-age=600`}, time.Minute},
		"another server's max-age":     {[]string{"s-maxage=60"}, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := limits.Of(http.Header{"Cache-Control": tt.lines}); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}
