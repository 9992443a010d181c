package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
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
	if !slices.Contains(f.known(), s) {
		return fmt.Errorf("it is one of %s", strings.Join(f.known(), ", "))
	}
	*f = formatValue(s)
	return nil
}

func (f *formatValue) known() []string {
	var known []string
	for _, format := range diag.Formats() {
		known = append(known, string(format))
	}
	return known
}

// addFormat adds the flag --format to a verb that reports findings.
func addFormat(cmd *cobra.Command) *formatValue {
	format := formatValue(diag.Text)
	cmd.Flags().Var(&format, "format", "how findings are written: text, json, sarif or github")
	completeFlag(cmd, "format", completeFormat)
	return &format
}

// interruptible is the context of a run that takes its temporary files with it
// when it is interrupted.
func interruptible(cmd *cobra.Command) (ctx context.Context, stop context.CancelFunc) {
	return signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
}

// interrupted is err, in better words if it is that of ctx.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return errors.New("interrupted; no file was changed")
	}
	return err
}

// run loads the packages that a verb's command line names, has do look at them,
// and reports what was found. It is do's to stop at findings that are in its way.
// It prints nothing itself: there may be a line of progress on the terminal.
func run(cmd *cobra.Command, src gen.Source, format *formatValue, do look) error {
	ctx, stop := interruptible(cmd)
	defer stop()
	stderr := cmd.ErrOrStderr()
	return runOn(ctx, stderr, terminalOf(stderr, os.Getenv), src, diag.Format(*format), do)
}

// look is what a verb does with a project.
type look func(ctx context.Context, project *gen.Project, diags *diag.List) error

// runOn is run, with what standard error is known to be.
func runOn(ctx context.Context, stderr io.Writer, terminal terminal, src gen.Source, format diag.Format, do look) error {
	var shown *progress
	if terminal.rewrites {
		shown = startProgress(stderr)
		src.Progress = shown.report
	}
	defer shown.stop()
	var diags diag.List
	project, err := gen.Load(ctx, src, &diags)
	if err == nil {
		err = do(ctx, project, &diags)
	}
	shown.stop()
	if err != nil {
		return interrupted(ctx, err)
	}
	if err := write(stderr, format, terminal, diags.Sorted()); err != nil {
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

// write writes findings. Only text has colours: the other formats are for
// programs, also where a terminal shows them.
func write(w io.Writer, format diag.Format, terminal terminal, findings []diag.Diagnostic) error {
	if format == diag.Text {
		return diag.WriteText(w, findings, terminal.style())
	}
	return format.Write(w, findings, os.ReadFile)
}
