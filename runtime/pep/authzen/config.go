package authzen

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

// Config says which PDP to ask, and how. It redacts itself when printed, since
// it may hold a token.
type Config struct {
	// BaseURL is SECRETS_PDP_URL. It is https, or http to a loopback address,
	// without user, query and fragment; it may have a path. Required.
	BaseURL string
	// Token is SECRETS_PDP_TOKEN, the bearer token (RFC 6750) that the client
	// shows; empty for none.
	Token string
	// TokenFile is SECRETS_PDP_TOKEN_FILE, a file that holds the token, with or
	// without white space around it. It is read for every question, so a new
	// token is used at once. Not together with Token.
	TokenFile string
	// Timeout is SECRETS_PDP_TIMEOUT, the time one question may take; 0 means
	// 250 ms.
	Timeout time.Duration
	// MaxBody is the largest answer to one question, in bytes; 0 or less means
	// 64 KiB. A batch may have 1 KiB more for each question.
	MaxBody int64
	// TLS is copied: client certificates, roots. TLS 1.2 is the least in any
	// case; nil means the system's roots. InsecureSkipVerify is refused outside
	// development.
	TLS *tls.Config
	// CAFile is SECRETS_PDP_CA_FILE: certificates in PEM, of the authorities that
	// are trusted in the place of the system's and of those in TLS. It is read
	// once.
	CAFile string
	// CertFile and KeyFile are SECRETS_PDP_CERT_FILE and SECRETS_PDP_KEY_FILE, the
	// client certificate that is shown to the PDP, in PEM. They are read again
	// for every connection.
	CertFile, KeyFile string
	// Discovery is SECRETS_PDP_DISCOVERY; empty means DiscoveryAuto.
	Discovery Discovery
	// OnDiscovery hears what is wrong with the PDP's metadata, without a URL, and
	// the empty string when that is over; each once. It is called in the
	// background. Nil: nobody hears.
	OnDiscovery func(problem string)
	// Dialect is SECRETS_PDP_DIALECT.
	Dialect Dialect
	// Development is true where ENVIRONMENT is dev or test.
	Development bool
}

const (
	defaultTimeout = 250 * time.Millisecond
	defaultMaxBody = 64 << 10
)

// checked returns c with its defaults and its base URL parsed, or a
// [*settings.Error] with everything that is wrong.
func (c Config) checked() (Config, *url.URL, error) {
	var problems []settings.Problem
	report := func(name, detail string) {
		problems = append(problems, settings.Problem{Name: name, Detail: detail})
	}
	base, wrong := parseBase(c.BaseURL)
	if wrong != "" {
		report("SECRETS_PDP_URL", wrong)
	}
	if c.TLS != nil && c.TLS.InsecureSkipVerify && !c.Development {
		report("SECRETS_PDP_URL", "would be asked without verifying its certificate: that is refused unless ENVIRONMENT is dev or test")
	}
	switch {
	case c.Token != "" && c.TokenFile != "":
		report("SECRETS_PDP_TOKEN_FILE", "is a second credential beside SECRETS_PDP_TOKEN: keep one")
	case c.Token != "" && !isToken(c.Token):
		report("SECRETS_PDP_TOKEN", "is not a bearer token: it has characters that a header can't carry")
	case c.TokenFile != "":
		if info, err := os.Stat(c.TokenFile); err != nil || !info.Mode().IsRegular() {
			report("SECRETS_PDP_TOKEN_FILE", "is not a regular file that can be found: name the file that holds the token")
		}
	}
	if c.CAFile+c.CertFile+c.KeyFile != "" && base != nil && base.Scheme != "https" {
		report("SECRETS_PDP_URL", "is plain http, and there are certificates for it: use https")
	}
	c.TLS = c.withFiles(c.TLS, report)
	if !c.Discovery.Known() {
		report("SECRETS_PDP_DISCOVERY", DiscoveryValues)
	}
	if !c.Dialect.Known() {
		report("SECRETS_PDP_DIALECT", DialectValues)
	}
	c.Discovery = cmp.Or(c.Discovery, DiscoveryAuto)
	if c.Timeout < 0 {
		report("SECRETS_PDP_TIMEOUT", "is negative: give it a duration such as 250ms")
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.MaxBody <= 0 {
		c.MaxBody = defaultMaxBody
	}
	return c, base, settings.NewError(problems)
}

// parseBase returns what is wrong instead of an error, because those of net/url
// quote the URL.
func parseBase(text string) (base *url.URL, wrong string) {
	const remedy = ": write it like https://pdp.example, with a path if the PDP has one"
	if text == "" {
		return nil, "is not set: name the base URL of an AuthZEN PDP"
	}
	base, err := url.Parse(text)
	switch {
	case err != nil || base.Hostname() == "":
		return nil, "is not a URL" + remedy
	case base.Scheme != "https" && base.Scheme != "http":
		return nil, "is not an https URL" + remedy
	case base.Scheme == "http" && !loopback(base.Hostname()):
		return nil, "is plain http off loopback, where anybody between could forge a decision: use https"
	case base.User != nil:
		return nil, "holds a user: give the credential as SECRETS_PDP_TOKEN or SECRETS_PDP_TOKEN_FILE"
	case strings.ContainsAny(text, "?#"):
		return nil, "has a query or a fragment" + remedy
	case base.RawPath != "" || base.JoinPath().Path != base.Path && base.Path != "":
		return nil, "has a path with escapes, dots or empty segments" + remedy
	}
	return base, ""
}

func loopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// clientTLS is a copy of config that does not go below TLS 1.2.
func clientTLS(config *tls.Config) *tls.Config {
	if config == nil {
		return &tls.Config{MinVersion: tls.VersionTLS12}
	}
	config = config.Clone()
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	return config
}

const redactedConfig = "authzen.Config{[REDACTED]}"

// String hides every setting.
func (Config) String() string { return redactedConfig }

// GoString hides every setting.
func (Config) GoString() string { return redactedConfig }

// Format hides every setting from every verb.
func (Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedConfig) }

// LogValue hides every setting from package log/slog.
func (Config) LogValue() slog.Value { return slog.StringValue(redactedConfig) }

// MarshalText hides every setting from encoders.
func (Config) MarshalText() ([]byte, error) { return []byte(redactedConfig), nil }
