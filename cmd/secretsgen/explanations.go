package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/secretsgen/secretsgen/gen"
	"github.com/secretsgen/secretsgen/gen/diag"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

// explained is what the verb explain prints for one resource_ref.
type explained struct {
	ResourceRef  string     `json:"resource_ref"`
	Declarations []declared `json:"declarations,omitempty"`
	Message      string     `json:"message,omitempty"`
}

// declared is one declaration that a resource_ref stands for.
type declared struct {
	Accessor string `json:"accessor"`
	URI      string `json:"uri"`
	Profile  string `json:"profile,omitempty"` // under which the declaration is read from there
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"` // in bytes
}

// explanations are the declarations of a project by resource_ref.
type explanations struct {
	byRef map[string][]declared

	encoder *json.Encoder
	unknown bool // a resource_ref belongs to no declaration
	invalid bool // what was given is no resource_ref
}

// explain hashes every reference that a project declares, those of profiles too.
func explain(project *gen.Project, salt uri.Salt) *explanations {
	e := &explanations{byRef: map[string][]declared{}}
	add := func(ref uri.URI, accessor, profile string, pos diag.Pos) {
		key := salt.Ref(ref)
		e.byRef[key] = append(e.byRef[key], declared{
			Accessor: accessor,
			URI:      ref.String(),
			Profile:  profile,
			File:     pos.File,
			Line:     pos.Line,
			Column:   pos.Col,
		})
	}
	for _, p := range project.Packages {
		if p.Model == nil {
			continue
		}
		for _, s := range p.Model.Secrets {
			add(s.URI, s.Accessor, "", s.Ref.Pos)
			for _, profile := range s.Profiles {
				add(profile.URI, s.Accessor, profile.Name, profile.Ref.Pos)
			}
		}
	}
	return e
}

// answer prints what is known of each argument or, for "-", of each line of in.
func (e *explanations) answer(args []string, in io.Reader, out io.Writer) (status int, err error) {
	buffered := bufio.NewWriter(out)
	e.encoder = json.NewEncoder(buffered)
	e.encoder.SetEscapeHTML(false)
	if args[0] == "-" {
		err = e.lines(in, buffered.Flush)
	} else {
		for _, ref := range args {
			if err = e.print(ref, "this"); err != nil {
				break
			}
		}
	}
	if flushed := buffered.Flush(); err == nil {
		err = flushed
	}
	switch {
	case e.invalid:
		status = statusInvalid
	case e.unknown:
		status = statusFindings
	}
	return status, err
}

// lines answers each line of in that is not empty. What is printed is held back
// while there is input at hand.
func (e *explanations) lines(in io.Reader, flush func() error) error {
	buffered := bufio.NewReader(in)
	for number := 1; ; number++ {
		line, err := buffered.ReadString('\n')
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return fmt.Errorf("standard input can't be read: %w", err)
		}
		if ref, ok := refOf(strings.TrimSpace(line)); ok {
			if err := e.print(ref, fmt.Sprintf("line %d", number)); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
		if buffered.Buffered() == 0 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
}

// refOf is the resource_ref of a line. An event that concerns no secret, such as
// one of a circuit breaker, has none.
func refOf(line string) (ref string, ok bool) {
	if !strings.HasPrefix(line, "{") {
		return line, line != ""
	}
	var event struct {
		ResourceRef *string `json:"resource_ref"`
	}
	if err := json.Unmarshal([]byte(line), &event); err != nil {
		return line, true // print says that it is none
	}
	if event.ResourceRef == nil {
		return "", false
	}
	return *event.ResourceRef, true
}

// resourceRef is the form of one (DESIGN section 2).
var resourceRef = regexp.MustCompile(`^[A-Za-z0-9_-]{24}$`)

// print answers what stands at a place.
func (e *explanations) print(ref, place string) error {
	line := explained{ResourceRef: ref, Declarations: e.byRef[ref]}
	switch {
	case !resourceRef.MatchString(ref):
		e.invalid = true
		// What stands there instead might be anything, and is not repeated.
		line = explained{Message: place + " is no resource_ref, which has 24 letters, digits, \"-\" and \"_\", and no event that has one"}
	case line.Declarations == nil:
		e.unknown = true
		line.Message = "no declaration here has it: it is of another tenant or salt, of a package that was not looked at, of a reference that has changed, or of one learned at run time"
	}
	return e.encoder.Encode(line)
}
