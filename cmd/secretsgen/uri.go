package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

func newURI() *cobra.Command {
	var scope uri.Scope
	cmd := &cobra.Command{
		Use:   "uri [--mounts a,b] [--tenant t] [--scheme s]... [URI...|-]",
		Short: "Show the canonical form of references, or what is wrong with them",
		Long: `Uri prints one JSON object a line for each reference: its canonical form and,
where SECRET_TENANT_SALT is set, its resource_ref as audit events show it; or
the codes of what is wrong with it. With "-" the references are the lines of
standard input. Without --mounts every mount is allowed.`,
		Example: `  secretsgen uri 'openbao+kv2://secret/myapp/api?version=3#token'
  secretsgen uri --mounts secret,kv --tenant dev 'hashicorp+kv2://kv/myapp/db'
  secretsgen uri --scheme openbao-eu+kv2 --scheme aws+sm 'openbao-eu+kv2://secret/myapp/db'
  secretsgen uri - < references.txt | jq -r .canonical
  SECRET_TENANT_SALT=$(cat salt) secretsgen uri 'file://secret/token' | jq -r .resource_ref`,
		Annotations: exitStatus(
			"every reference is legal",
			"",
			"a reference is refused, or the command line or the salt is wrong",
		),
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&scope.Mounts, "mounts", nil, "the `mounts` that the tenant may use, separated by commas")
	flags.StringVar(&scope.Tenant, "tenant", "", "the `name` of the tenant, for messages")
	flags.StringArrayVar(&scope.Schemes, "scheme", nil, "a named instance's or third-party provider's `scheme`; may be repeated")
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return &usageError{problem: `no reference is given: name some, or "-" to read them from standard input`, command: cmd.CommandPath()}
		}
		if len(args) > 1 && slices.Contains(args, "-") {
			return &usageError{problem: `"-" stands alone`, command: cmd.CommandPath()}
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		for _, scheme := range scope.Schemes {
			if !uri.ValidScheme(scheme) && !slices.Contains(uri.BuiltinSchemes(), scheme) {
				return fmt.Errorf("--scheme: %q can't be declared: write a lower-case name of your own, as aws+sm, or that of an instance, as openbao-eu+kv2", scheme)
			}
		}
		scope.AnyMount = !flags.Changed("mounts")
		salt, err := tenantSalt(os.Getenv, warnOn(cmd))
		if err != nil {
			return err
		}
		refs := newReferences(scope, salt, cmd.OutOrStdout())
		if args[0] == "-" {
			err = refs.lines(cmd.InOrStdin())
		} else {
			err = refs.all(args)
		}
		if flushed := refs.out.Flush(); err == nil {
			err = flushed
		}
		if err != nil {
			return err
		}
		if refs.refused {
			return &statusError{statusInvalid}
		}
		return nil
	}
	return cmd
}

// warnOn prints a warning of a verb.
func warnOn(cmd *cobra.Command) func(error) {
	return func(warning error) {
		_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "secretsgen: warning:", warning)
	}
}

// tenantSalt makes the salt of SECRET_TENANT_SALT, if that is set. In
// development a weak one is good enough, with a warning (DESIGN section 2).
func tenantSalt(getenv func(string) string, warn func(error)) (uri.Salt, error) {
	secret := getenv("SECRET_TENANT_SALT")
	if secret == "" {
		return uri.Salt{}, nil
	}
	if environment := getenv("ENVIRONMENT"); environment != "dev" && environment != "test" {
		return uri.NewSalt([]byte(secret))
	}
	salt, err := uri.NewDevelopmentSalt([]byte(secret))
	if err != nil {
		warn(err)
	}
	return salt, nil
}
