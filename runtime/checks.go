package runtime

import (
	"slices"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

// environment warns of a value that was meant to be development and is not.
func (b *builder) environment() {
	if b.cfg.Development() {
		return
	}
	switch strings.ToLower(strings.TrimSpace(b.cfg.Environment)) {
	case "dev", "develop", "development", "local", "test", "testing":
		b.logger.Warn("secretsgen: ENVIRONMENT is not exactly dev or test: this process runs as production")
	}
}

// salt is the key of resource_ref. Outside development a weak one is refused.
func (b *builder) salt() uri.Salt {
	if len(b.cfg.Salt) == 0 {
		b.report("SECRET_TENANT_SALT", "is not set: generate one with \"openssl rand -base64 32\"")
		return uri.Salt{}
	}
	if !b.cfg.Development() {
		salt, err := uri.NewSalt(b.cfg.Salt)
		if err != nil {
			b.report("SECRET_TENANT_SALT", "is short or a known placeholder: generate one with \"openssl rand -base64 32\"")
		}
		return salt
	}
	salt, err := uri.NewDevelopmentSalt(b.cfg.Salt)
	if err != nil {
		b.logger.Warn("secretsgen: SECRET_TENANT_SALT is short or a known placeholder: accepted in development only")
	}
	return salt
}

// limits checks the settings that need no opening.
func (b *builder) limits() {
	passed := len(b.storeTypes) > 0
	if b.cfg.StoreURL != "" && (b.enforcement.Grants == nil || b.enforcement.Replay == nil) && !passed {
		b.report(storeSetting, "asks for a shared store, and none was passed to runtime.New: pass sharedstore.Store() of "+storePackage+", or unset it")
	}
	if b.cfg.Replicas <= 1 || b.enforcement.Grants != nil && b.enforcement.Replay != nil {
		return
	}
	const uncounted = ": replays and uses could not be counted across processes"
	switch {
	case !passed:
		b.report("SECRETS_REPLICAS", "is more than 1, and no shared store was passed to runtime.New"+uncounted)
	case b.cfg.StoreURL == "":
		b.report("SECRETS_REPLICAS", "is more than 1, and SECRETS_STORE_URL names no shared store"+uncounted)
	}
}

// standIns checks what the development store is asked to stand in for: that the
// store was passed, and that each name is a scheme, since a slip would have the
// real server asked.
func (b *builder) standIns() {
	const setting = "YAML_VAULT_FOR"
	if _, ok := b.cfg.Settings.Lookup(setting); !ok {
		return
	}
	passed := false
	for _, f := range b.opener.factories {
		if f.StandsIn == nil {
			continue
		}
		passed = true
		for _, scheme := range f.StandsIn(b.cfg.Settings) {
			if _, known := uri.BaseScheme(scheme); !known && !slices.Contains(b.scope().Schemes, scheme) {
				b.report(setting, "names something that is no scheme: write for instance openbao+kv2")
			}
		}
	}
	if !passed {
		b.report(setting, "asks for the development store, which was not passed to runtime.New: pass yaml.Provider() of "+providerPath+"yaml")
	}
}
