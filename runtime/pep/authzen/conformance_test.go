package authzen_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// proof is a test that docs/pep-conformance.md names.
var proof = regexp.MustCompile("`([a-z0-9/]+) ((?:Test|Fuzz)[A-Za-z0-9_]+)(?:/([^`]+))?`")

// Every row of the list names tests that exist, by their names and those of
// their subtests, and has a number of its own.
func TestEachRowOfTheConformanceListIsProved(t *testing.T) {
	t.Parallel()
	const root = "../../.."
	page, err := os.ReadFile(filepath.Join(root, "docs/pep-conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`^\| ([A-Z])([0-9]+) \| .+ \| (.+) \|$`)
	last := map[string]int{}
	tests := map[string]map[string][]string{} // folder, test, texts in it
	rows := 0
	for line := range strings.Lines(string(page)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| |") {
			continue
		}
		match := row.FindStringSubmatch(line)
		if match == nil {
			t.Errorf("not a row of the list: %s", line)
			continue
		}
		rows++
		letter, number := match[1], match[2]
		if want := strconv.Itoa(last[letter] + 1); number != want {
			t.Errorf("row %s%s follows %s%d", letter, number, letter, last[letter])
		}
		last[letter], _ = strconv.Atoi(number)
		proofs := proof.FindAllStringSubmatch(match[3], -1)
		if len(proofs) == 0 || strings.Trim(proof.ReplaceAllString(match[3], ""), ", ") != "" {
			t.Errorf("row %s%s names something that is no test: %s", letter, number, match[3])
		}
		for _, p := range proofs {
			folder, name, sub := p[1], p[2], p[3]
			if tests[folder] == nil {
				tests[folder] = testsOf(t, filepath.Join(root, folder))
			}
			texts, found := tests[folder][name]
			switch {
			case !found:
				t.Errorf("row %s%s: %s has no %s", letter, number, folder, name)
			case sub != "" && !slices.Contains(texts, sub):
				t.Errorf("row %s%s: %s of %s has no case %q", letter, number, name, folder, sub)
			}
		}
	}
	if rows < 35 {
		t.Errorf("%d rows: this test reads nothing", rows)
	}
}

// testsOf are the tests of a folder, each with the texts that stand in its file.
func testsOf(t *testing.T, folder string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string][]string{}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil {
					texts = append(texts, text)
				}
			}
			return true
		})
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
				tests[f.Name.Name] = texts
			}
		}
	}
	return tests
}
