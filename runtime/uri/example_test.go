package uri_test

import (
	"errors"
	"fmt"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

func ExampleParse() {
	scope := uri.Scope{Tenant: "dev", Mounts: []string{"secret"}}
	u, err := uri.Parse("OpenBao+KV2://secret/myapp/api/?version=3#token", scope)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(u)
	fmt.Println(u.Scheme(), u.Mount(), u.Path(), u.Key(), u.Version())
	// Output:
	// openbao+kv2://secret/myapp/api#token?version=3
	// openbao+kv2 secret myapp/api token 3
}

func ExampleParse_refused() {
	scope := uri.Scope{Tenant: "dev", Mounts: []string{"secret"}}
	_, err := uri.Parse("openbao+kv2://kv/myapp#token?verison=3", scope)
	if e, ok := errors.AsType[*uri.Error](err); ok {
		for _, fault := range e.Faults {
			fmt.Println(fault.Code, fault.Offset, fault.Token)
		}
	}
	fmt.Println(errors.Is(err, uri.UnknownParameter))
	// Output:
	// TENANT_MOUNT_MISMATCH 14 kv
	// UNKNOWN_PARAMETER 29 verison
	// true
}

func ExampleURI_Guard() {
	u := uri.MustParse("file://secret/db", uri.Scope{Mounts: []string{"secret"}})
	reloaded := []string{"kv"}
	fmt.Println(u.Guard([]string{"secret"}))
	fmt.Println(errors.Is(u.Guard(reloaded), uri.TenantMountMismatch))
	// Output:
	// <nil>
	// true
}

func ExamplePattern_Match() {
	scope := uri.Scope{Mounts: []string{"secret"}}
	pattern, err := uri.ParsePattern("openbao+kv2://secret/myapp/*", scope)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(pattern.Match(uri.MustParse("openbao+kv2://secret/myapp/api#token", scope)))
	fmt.Println(pattern.Match(uri.MustParse("openbao+kv2://secret/other", scope)))
	// Output:
	// true
	// false
}

func ExampleBaseScheme() {
	fmt.Println(uri.BaseScheme("openbao-eu+kv2"))
	fmt.Println(uri.BaseScheme("env"))
	fmt.Println(uri.BaseScheme("aws+sm"))
	// Output:
	// openbao+kv2 true
	// env true
	//  false
}

func ExampleSalt_Ref() {
	salt, err := uri.NewSalt([]byte("conformance-salt-0123456789abcdef-not-a-secret"))
	if err != nil {
		fmt.Println(err)
		return
	}
	u := uri.MustParse("openbao+kv2://secret/app/api", uri.Scope{Mounts: []string{"secret"}})
	fmt.Println(salt.Ref(u), salt)
	// Output: OMdZPkN-ym3b0VCyvGIkkgHI [REDACTED]
}
