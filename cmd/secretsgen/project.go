package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/diag"
)

// formatValue is the flag --format.
type formatValue diag.Format

func (f *formatValue) String() string { return string(*f) }
func (f *formatValue) Type() string   { return "format" }
func (f *formatValue) Set(s string) error {
	var known []string
	for _, format := range diag.Formats() {
		if s == string(format) {
			*f = formatValue(format)
			return nil
		}
		known = append(known, string(format))
	}
	return fmt.Errorf("it is one of %s", strings.Join(known, ", "))
}

// addFormat adds the flag --format to a verb that reports findings.
func addFormat(cmd *cobra.Command) *formatValue {
	format := formatValue(diag.Text)
	cmd.Flags().Var(&format, "format", "how findings are written: text, json, sarif or github")
	return &format
}

// run loads the packages that a verb's arguments name, has do look at them, and
// reports what was found. It is do's to stop at findings that are in its way.
func run(cmd *cobra.Command, patterns []string, format *formatValue, do func(ctx context.Context, project *gen.Project, diags *diag.List) error) error {
	// An interrupted run takes its temporary files with it.
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var diags diag.List
	project, err := gen.Load(ctx, gen.Source{Patterns: patterns}, &diags)
	if err == nil {
		err = do(ctx, project, &diags)
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return errors.New("interrupted; no file was changed")
	}
	if err != nil {
		return err
	}
	if err := diag.Format(*format).Write(cmd.ErrOrStderr(), diags.Sorted(), os.ReadFile); err != nil {
		return err
	}
	switch {
	case diags.Invalid():
		return &statusError{statusInvalid}
	case !diags.Empty():
		return &statusError{statusFindings}
	}
	return nil
}
