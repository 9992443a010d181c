package sharedstore

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/settings"
)

const (
	settingURL      = "SECRETS_STORE_URL"
	settingPassword = "SECRETS_STORE_PASSWORD_FILE"
	settingCA       = "SECRETS_STORE_CA_FILE"
	settingCert     = "SECRETS_STORE_CERT_FILE"
	settingKey      = "SECRETS_STORE_KEY_FILE"
	settingTimeout  = "SECRETS_STORE_TIMEOUT"

	defaultPort    = "6379"
	defaultTimeout = 250 * time.Millisecond
	largestFile    = 1 << 20
)

// config is how to reach the store.
type config struct {
	address      string // host:port
	user         string
	password     string
	passwordFile string // read for each connection
	database     int
	tls          *tls.Config // nil: none
	timeout      time.Duration
}

// readConfig reads the settings, and reports everything that is wrong with them.
func readConfig(in pep.StoreInstance) (config, error) {
	r := settings.NewReader(in.Settings)
	cfg := config{
		passwordFile: r.String(settingPassword, ""),
		timeout:      r.Duration(settingTimeout, defaultTimeout, time.Millisecond, time.Minute),
	}
	secure, problem := cfg.readURL(in.URL)
	if problem != "" {
		r.Report(settingURL, problem+": write redis://HOST:PORT or rediss://USER:PASSWORD@HOST:PORT/DATABASE")
	}
	if cfg.passwordFile != "" {
		if cfg.password != "" {
			r.Report(settingPassword, "is a second password beside the one in "+settingURL+": keep one")
		}
		if _, ok := readFile(cfg.passwordFile); !ok {
			r.Report(settingPassword, "can't be read")
		}
	}
	cfg.readTLS(r, secure || problem != "")
	if err := r.Err(); err != nil {
		return config{}, err
	}
	if !secure && !in.Development && !loopback(cfg.address) {
		in.Logger.Warn("secretsgen: " + settingURL + " is redis:// to another machine: what is said there, the password with it, can be read on the way. Use rediss://")
	}
	return cfg, nil
}

// readURL reads redis[s]://[user[:password]@]host[:port][/database]. What it says
// is wrong holds nothing of the text.
func (c *config) readURL(text string) (secure bool, problem string) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return false, "is no URL"
	case u.Scheme != "redis" && u.Scheme != "rediss":
		return false, "has another scheme than redis and rediss"
	case u.Hostname() == "":
		return false, "names no host"
	case strings.ContainsAny(u.Hostname(), ", ") || strings.Contains(u.Hostname(), ":") && net.ParseIP(u.Hostname()) == nil:
		return false, "names more than one host: a cluster is found through any of its nodes"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return false, "has something after the database, which nothing reads"
	}
	port := u.Port()
	if port == "" {
		port = defaultPort
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return false, "has a port that is none"
	}
	c.address = net.JoinHostPort(u.Hostname(), port)
	c.user = u.User.Username()
	c.password, _ = u.User.Password()
	if database := strings.Trim(u.Path, "/"); database != "" {
		n, err := strconv.Atoi(database)
		if err != nil || n < 0 || n > 1<<16 {
			return false, "has a database that is no number"
		}
		c.database = n
	}
	return u.Scheme == "rediss", ""
}

func (c *config) readTLS(r *settings.Reader, secure bool) {
	ca, cert, key := r.String(settingCA, ""), r.String(settingCert, ""), r.String(settingKey, "")
	if !secure {
		for _, name := range []string{settingCA, settingCert, settingKey} {
			if _, set := r.Lookup(name); set {
				r.Report(name, "is for TLS, and "+settingURL+" is redis://: write rediss://, or unset it")
			}
		}
		return
	}
	c.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		c.tls.RootCAs = x509.NewCertPool()
		if data, ok := readFile(ca); !ok || !c.tls.RootCAs.AppendCertsFromPEM(data) {
			r.Report(settingCA, "is no readable PEM file of certificates")
		}
	}
	if (cert == "") != (key == "") {
		r.Report(settingCert, "and "+settingKey+" belong together: set both")
		return
	}
	if cert == "" {
		return
	}
	load := func() (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(cert, key)
		return &pair, err
	}
	if _, err := load(); err != nil {
		r.Report(settingCert, "and "+settingKey+" are no readable certificate with its key, in PEM")
	}
	c.tls.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return load() }
}

// credentials are those of a connection that is made now.
func (c *config) credentials() (user, password string) {
	if c.passwordFile == "" {
		return c.user, c.password
	}
	data, _ := readFile(c.passwordFile)
	return c.user, strings.TrimRight(string(data), "\r\n")
}

// readFile reads a small file.
func readFile(path string) (data []byte, ok bool) {
	file, err := os.Open(path)
	if err != nil {
		return nil, false
	}
	defer file.Close()
	data, err = io.ReadAll(io.LimitReader(file, largestFile+1))
	return data, err == nil && len(data) <= largestFile
}

// loopback reports whether an address is of this machine.
func loopback(address string) bool {
	host, _, _ := net.SplitHostPort(address)
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
