package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

// parsed is what the verb uri prints for one reference.
type parsed struct {
	Input       string     `json:"input"`
	Canonical   string     `json:"canonical,omitempty"`
	ResourceRef string     `json:"resource_ref,omitempty"`
	Codes       []uri.Code `json:"codes,omitempty"`
	Message     string     `json:"message,omitempty"`
}

// references parses references and prints one JSON object for each.
type references struct {
	scope   uri.Scope
	salt    uri.Salt
	out     *bufio.Writer
	encoder *json.Encoder // to out
	refused bool          // one was not legal
}

func newReferences(scope uri.Scope, salt uri.Salt, out io.Writer) *references {
	r := &references{scope: scope, salt: salt, out: bufio.NewWriter(out)}
	r.encoder = json.NewEncoder(r.out)
	r.encoder.SetEscapeHTML(false)
	return r
}

// all prints each of refs.
func (r *references) all(refs []string) error {
	for _, ref := range refs {
		if err := r.print(ref); err != nil {
			return err
		}
	}
	return nil
}

// lines prints each line of in. What is printed is held back while there is
// input at hand, so that a program at the other end of two pipes gets its
// answers.
func (r *references) lines(in io.Reader) error {
	buffered := bufio.NewReader(in)
	for {
		line, err := buffered.ReadString('\n')
		if line == "" && errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("standard input can't be read: %w", err)
		}
		if err := r.print(strings.TrimSuffix(line, "\n")); err != nil {
			return err
		}
		if buffered.Buffered() == 0 {
			if err := r.out.Flush(); err != nil {
				return err
			}
		}
	}
}

func (r *references) print(ref string) error {
	u, err := uri.Parse(ref, r.scope)
	line := parsed{Input: ref, Canonical: u.String(), ResourceRef: r.salt.Ref(u)}
	if e, ok := errors.AsType[*uri.Error](err); ok {
		r.refused = true
		line.Codes = e.Codes
		line.Message = fmt.Sprintf("byte %d: %s", e.Faults[0].Offset, e.Faults[0].Reason)
	}
	return r.encoder.Encode(line)
}
