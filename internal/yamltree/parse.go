package yamltree

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"

	"gopkg.in/yaml.v3"
)

// limits are the limits on a tree.
type limits struct{ depth, nodes int }

// Parse reads one YAML document. The tree of an input without a document is a
// Null at 1:1.
//
// Problems come in no particular order. Where there is any, the input must not
// be used; the tree is then nil, but if all of them are of the kind
// [DuplicateKey] it holds the first of each equal keys, so that a caller may
// look for problems of its own.
func Parse(data []byte) (*Node, []Problem) {
	t, problem := newText(data)
	if problem != nil {
		return nil, []Problem{*problem}
	}
	limit := limits{depth: maxDepth, nodes: maxNodes}
	problems, suspicion := lex(t, limit)
	if len(problems) > 0 {
		return nil, problems
	}
	document, err := decode(t)
	switch {
	case errors.Is(err, io.EOF):
		return &Node{Kind: Scalar, Type: Null, Line: 1, Col: 1, ValueCol: 1}, nil
	case err != nil && suspicion != nil:
		return nil, []Problem{*suspicion}
	case err != nil:
		return nil, []Problem{*t.problem(Syntax, t.offset(errorLine(err), 1), notYAML)}
	}
	return convert(t, document, limit)
}

// decode lets the library build its tree. The error is io.EOF if there is no
// document.
func decode(t *text) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(t.data[t.start():]))
	var document, second yaml.Node
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	// The library parses what stands behind a document only when it is asked for
	// the next one.
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
		return document.Content[0], nil
	case err != nil:
		return nil, err
	}
	return nil, errors.New("a second document")
}

// libraryLine finds the line in the library's errors.
var libraryLine = regexp.MustCompile(`^yaml: line ([0-9]+): `)

// errorLine takes the line from an error of the library, and nothing else,
// because the rest may quote the input. Where it gives none it means the first.
func errorLine(err error) int {
	if match := libraryLine.FindStringSubmatch(err.Error()); match != nil {
		if line, err := strconv.Atoi(match[1]); err == nil {
			return line
		}
	}
	return 1
}
