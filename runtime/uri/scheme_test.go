package uri_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

func TestSchemes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		scheme string
		valid  bool   // may be declared
		base   string // "" if it has none
	}{
		{"openbao-eu+kv2", true, "openbao+kv2"},
		{"hashicorp-x+kv2", true, "hashicorp+kv2"},
		{"openbao-eu-west-1+kv2", true, "openbao+kv2"},
		{"aws+sm", true, ""},
		{"doppler", true, ""},
		{"acme+kv2", true, ""},
		{"k8s+configmap-v1", true, ""},
		{"yaml-sops", true, ""},
		{strings.Repeat("a", 64), true, ""},

		{"openbao+kv2", false, "openbao+kv2"},
		{"hashicorp+kv2", false, "hashicorp+kv2"},
		{"file", false, "file"},
		{"env", false, "env"},
		{"yaml", false, "yaml"},

		{"", false, ""},
		{"openbao", false, ""},
		{"hashicorp", false, ""},
		{"openbao+kv1", false, ""},
		{"openbao+transit", false, ""},
		{"file+kv2", false, ""},
		{"yaml+kv2", false, ""},
		{"openbao-eu", false, ""},
		{"openbao-eu+kv1", false, ""},
		{"openbao-+kv2", false, ""},
		{"openbao--eu+kv2", false, ""},
		{"openbao-eu+kv2+kv2", false, ""},
		{"hashicorp-boundary+sm", false, ""},
		{"Aws+sm", false, ""},
		{"aws+", false, ""},
		{"+sm", false, ""},
		{"aws sm", false, ""},
		{"aws.eu+sm", false, ""},
		{"aws_eu+sm", false, ""},
		{"1aws", false, ""},
		{"-aws", false, ""},
		{"aws-", false, ""},
		{"aws:sm", false, ""},
		{"aws/sm", false, ""},
		{"aws#sm", false, ""},
		{"aws\n", false, ""},
		{"awß", false, ""},
		{strings.Repeat("a", 65), false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.scheme, func(t *testing.T) {
			t.Parallel()
			if got := uri.ValidScheme(tt.scheme); got != tt.valid {
				t.Errorf("ValidScheme = %t, want %t", got, tt.valid)
			}
			base, ok := uri.BaseScheme(tt.scheme)
			if base != tt.base || ok != (tt.base != "") {
				t.Errorf("BaseScheme = %q, %t, want %q", base, ok, tt.base)
			}
			known := tt.valid || slices.Contains(uri.BuiltinSchemes(), tt.scheme)
			_, err := uri.Parse(tt.scheme+"://m/a", uri.Scope{AnyMount: true, Schemes: []string{tt.scheme}})
			if (err == nil) != known {
				t.Errorf("declared, Parse returns %v, want known: %t", err, known)
			}
		})
	}
}

func TestSchemeIsKnownOnlyOnceDeclared(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		ref      string
		declared []string
		want     []uri.Code
	}{
		{"openbao-eu+kv2://secret/a", []string{"openbao-eu+kv2"}, nil},
		{"OpenBao-EU+KV2://secret/a", []string{"aws+sm", "openbao-eu+kv2"}, nil},
		{"openbao-eu+kv2://secret/a?version=1", []string{"openbao-eu+kv2"}, nil},
		{"openbao-eu+kv2://secret/a", nil, []uri.Code{uri.UnsupportedEngine}},
		{"openbao-us+kv2://secret/a", []string{"openbao-eu+kv2"}, []uri.Code{uri.UnsupportedEngine}},
		{"openbao-eu://secret/a", []string{"openbao-eu+kv2"}, []uri.Code{uri.UnsupportedEngine}},
		{"aws+sm://secret/a?version=1", []string{"aws+sm"}, []uri.Code{uri.UnknownParameter}},
		{"aws+sm://secret/a", []string{"AWS+SM"}, []uri.Code{uri.UnsupportedEngine}},
		{"doppler-\u212Aube://secret/a", []string{"doppler-kube"}, []uri.Code{uri.UnsupportedEngine}},
	} {
		t.Run(tt.ref, func(t *testing.T) {
			t.Parallel()
			_, err := uri.Parse(tt.ref, uri.Scope{Mounts: []string{"secret"}, Schemes: tt.declared})
			if diff := cmp.Diff(tt.want, codes(t, err)); diff != "" {
				t.Errorf("codes with %q (-want +got):\n%s", tt.declared, diff)
			}
		})
	}
}

func TestZeroScopeAllowsNothing(t *testing.T) {
	t.Parallel()
	for _, scheme := range uri.BuiltinSchemes() {
		_, err := uri.Parse(scheme+"://secret/a", uri.Scope{})
		if !errors.Is(err, uri.TenantMountMismatch) {
			t.Errorf("%s: got %v, want %s", scheme, err, uri.TenantMountMismatch)
		}
	}
}

func TestBuiltinSchemesAreTheCallersOwn(t *testing.T) {
	t.Parallel()
	uri.BuiltinSchemes()[0] = "changed"
	want := []string{"openbao+kv2", "hashicorp+kv2", "file", "env", "yaml"}
	if diff := cmp.Diff(want, uri.BuiltinSchemes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
