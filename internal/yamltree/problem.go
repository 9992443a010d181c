package yamltree

// A Problem is one reason to refuse an input.
type Problem struct {
	Kind ProblemKind

	// Line and Col count from 1, Col in bytes.
	Line, Col int

	// Message says in one line what is wrong and what to do. It never quotes the
	// input.
	Message string

	// RelatedLine and RelatedCol are the place of the first of two equal keys;
	// otherwise they are 0.
	RelatedLine, RelatedCol int
}

// ProblemKind tells problems apart.
type ProblemKind uint8

// The kinds of problems. The zero ProblemKind is none of them.
const (
	// Syntax: it is not YAML.
	Syntax ProblemKind = iota + 1
	// Limit: too many bytes, levels or nodes.
	Limit
	// Unsupported: an anchor, alias, merge key, tag, directive or second document,
	// a key that is a collection, or bytes that are not plain UTF-8 text.
	Unsupported
	// DuplicateKey: one key twice in a mapping. Keys are compared by their text, so
	// 1 and "1" are equal.
	DuplicateKey
)

// Everything that this package tells a user is said here.
const (
	tooLarge     = "the file is larger than 8 MiB: split it"
	tooDeep      = "more than 32 collections stand in each other: flatten them"
	tooManyNodes = "the file has more than 1,000,000 nodes: split it"

	notUTF8       = "this byte is not UTF-8: save the file as UTF-8"
	controlByte   = "a control character is not allowed: write it as an escape in double quotes"
	lineSeparator = `a line may end in \n or \r\n only: write another line separator as an escape in double quotes`

	anchor         = "anchors are not supported: write the value out where it is used"
	alias          = "aliases are not supported: write the value out"
	tag            = "tags are not supported: remove it, the type follows from the value"
	directive      = "directives are not supported: remove the line"
	secondDocument = "a second document is not supported: put it into a file of its own"
	mergeKey       = "merge keys are not supported: write the entries out"
	collectionKey  = "a key must be a scalar, not a list or mapping: quote it if it is meant as text"

	duplicateKey = "this key is in the mapping already: remove one"

	notYAML        = "this is not YAML: check indentation, quotes and brackets here and below"
	tabIndentation = "a tab is not allowed in indentation: use spaces"
	indentation    = "the indentation fits no level above: align it with its neighbors"
	unexpectedPair = `": " is not allowed here: align the key with its neighbors, or put the text in quotes`
	inlineSequence = "a list can't start here: put its items on lines of their own, or the text in quotes"
	missingColon   = `a key is expected here: write ": " behind it, or indent the text to continue the value above`
	openQuote      = "this quote is never closed: close it"
	openBracket    = "this bracket is never closed: close it"
	closingBracket = "this bracket does not close the one that was opened last: remove it, or put the text in quotes"
	unknownEscape  = `this escape is not known: write \\ for a backslash, or use single quotes`
	reservedStart  = "a value can't start with this character: put it in quotes"
)
