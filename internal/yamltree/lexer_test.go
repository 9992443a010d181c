package yamltree

import "testing"

// In what the library accepts the lexer suspects nothing, and counts the nodes
// that the library builds.
func TestLexerCountsTheLibrarysNodes(t *testing.T) {
	t.Parallel()
	for name, input := range map[string]string{
		"a scalar":                               "a",
		"a scalar of several lines":              "a\nb\n\n c",
		"a mapping":                              "a: b\nc: d\n",
		"a mapping in a mapping":                 "a:\n  b: c\n  d:\n    e: f\ng: h\n",
		"values on lines of their own":           "a:\n  b\nc:\n  'd'\n",
		"keys without values":                    "a:\nb:\nc: d\n",
		"a value behind an empty key":            "?\n: - a\n",
		"a list":                                 "- a\n- b\n",
		"empty items":                            "-\n-\n- a\n",
		"lists in a list":                        "- - a\n  - b\n- - - c\n",
		"mappings in a list":                     "- a: b\n  c: d\n- e: f\n",
		"a list at the indentation of its key":   "a:\n- b\n- c\nd: e\n",
		"complex keys":                           "? a\n: b\n? c\n: - d\n  - e\n",
		"a list as a key":                        "? - a\n  - b\n: c\n",
		"a flow list as a key":                   "a:\n[b, c]: d\n",
		"a flow mapping":                         "a: {b: c, d: [e, f], 'g': \"h\"}\n",
		"a flow mapping without values":          "{a: , b: }",
		"a flow list over several lines":         "a: [\n b,\n# c\n  d,\n]\ne: f\n",
		"tabs that are no indentation":           "a:\tb\t# c\nd: [e,\tf]\n",
		"comments":                               "# a\nb: c # d\n# e\nf: # g\n  h: i\n",
		"a number sign in a word":                "a: b#c\n",
		"plain text with indicators":             "a: -b\n?c: :d\ne: f?g\nh: i-[{\n",
		"plain text over several lines":          "a: b\n  c # d\ne: f\n\n  g\nh: i\n",
		"plain text before the end of the input": "a: b  ",
		"quoted text with indicators":            "a: 'b: [c'\nd: \"e: {f\"\n",
		"quoted text over several lines":         "a: 'b\n  c: ['\nd: \"e\n\n  f\"\ng: h\n",
		"escapes":                                "a: \"\\\"\\\\\\x41\\u0041\\\n  b\"\n'c''d': e\n",
		"windows line ends":                      "a: b\r\nc:\r\n  - d\r\n  - |\r\n    e\r\n\r\nf: g\r\n",
		"a literal block":                        "a: |\n  b: [\n\n   c: {\nd: e\n",
		"a folded block":                         "a: >-\n  b: [\n  9\nc: d\n",
		"a block with an indentation":            "a: |2-\n   b: [\n  c: {\nd: e\n",
		"a block with a deep indentation":        "a: |9\n           b\n         c: [\nd: e\n",
		"a block that keeps line breaks":         "a: |+\n  b\n\n\nc: d\n",
		"a block with a comment":                 "a: | # 9\n b\nc: d\n",
		"a block that begins with blank lines":   "a: |\n\n  \n  b: [\nc: d\n",
		"an empty block":                         "a: |\nb: c\n",
		"a block at the end of the input":        "a: |",
		"blocks in a list":                       "- |\n a\n- - >\n   b\n  - c\n",
		"a document start and end":               "---\na: b\n...\n",
		"a scalar behind a document start":       "--- a\n",
		"a tab behind a document start":          "---\ta\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := checked(t, input)
			document, err := decode(text)
			if err != nil {
				t.Fatalf("the library refuses: %v", err)
			}
			nodes, depth := measure(document)
			problems, suspicion := lex(text, limits{depth: depth, nodes: nodes})
			if len(problems) > 0 || suspicion != nil {
				t.Errorf("found %+v and suspects %+v; the tree has %d nodes, %d deep", problems, suspicion, nodes, depth)
			}
			if !limited(text, limits{depth: depth, nodes: nodes - 1}) {
				t.Errorf("counts less than the %d nodes of the tree", nodes)
			}
		})
	}
}
