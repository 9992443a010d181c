package main

import (
	"errors"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
)

// tagsValue is the flag --tags. It is nil until it is set, because an empty list
// is something else: it takes back what GOFLAGS says.
type tagsValue []string

func (v *tagsValue) String() string { return strings.Join(*v, ",") }
func (v *tagsValue) Type() string   { return "tags" }
func (v *tagsValue) Set(s string) error {
	tags := []string{}
	for tag := range strings.SplitSeq(s, ",") {
		if strings.ContainsFunc(tag, func(r rune) bool { return !isTagRune(r) }) {
			return errors.New("it is a list of build tags, separated by commas")
		}
		if tag != "" {
			tags = append(tags, tag)
		}
	}
	*v = tags // the last flag counts, as with the go command
	return nil
}

// isTagRune is what go/build/constraint takes for a letter of a tag.
func isTagRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '.'
}

// addTags adds the flag --tags to a verb that reads Go files.
func addTags(cmd *cobra.Command) *tagsValue {
	var tags tagsValue
	cmd.Flags().Var(&tags, "tags", "build tags that choose Go files, separated by commas (default those of GOFLAGS)")
	return &tags
}
