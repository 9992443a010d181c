package runtime_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"math"
	"math/big"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime"
)

// equal seals both and compares them, both ways.
func equal[T any](t *testing.T, a, b T) bool {
	t.Helper()
	x, y := runtime.NewSecret(a), runtime.NewSecret(b)
	if x.Equal(y) != y.Equal(x) || !x.Equal(x) || !y.Equal(y) {
		t.Errorf("Equal of %T depends on the order, or a secret is not equal to itself", a)
	}
	return x.Equal(y)
}

// ring is a value that holds itself.
type ring struct {
	Name string
	Next *ring
	All  map[string]*ring
}

func newRing(names ...string) *ring {
	first := &ring{All: map[string]*ring{}}
	at := first
	for i, name := range names {
		at.Name = name
		first.All[name] = at
		if i < len(names)-1 {
			at.Next = &ring{}
			at = at.Next
		}
	}
	at.Next = first
	return first
}

// tagged has a notion of equality of its own.
type tagged struct{ Name, Comment string }

func (t tagged) Equal(other tagged) bool { return t.Name == other.Name }

// These have a method of that name and another meaning.
type (
	noArgument  struct{ Name string }
	noResult    struct{ Name string }
	otherResult struct{ Name string }
	otherType   struct{ Name string }
	many        []string
)

func (noArgument) Equal() bool            { return true }
func (noResult) Equal(noResult)           {}
func (otherResult) Equal(otherResult) int { return 1 }
func (otherType) Equal(string) bool       { return true }
func (many) Equal(...string) bool         { return true }

type private struct {
	name  string
	when  time.Time
	blob  []byte
	pairs map[string]int
	next  *private
}

func TestSecretsAreEqualByValueAlone(t *testing.T) {
	t.Parallel()
	type login struct {
		User, Password string
		Port           int
		Extra          map[string][]byte
	}
	type numbers struct {
		I int8
		U uint16
		F float32
		C complex128
		A [2]bool
	}
	a := login{"u", "p", 1, map[string][]byte{"a": []byte("1"), "b": []byte("2")}}
	b := login{"u", "p", 1, map[string][]byte{"b": []byte("2"), "a": []byte("1")}}
	shifted := login{"up", "", 1, a.Extra}
	now := time.Unix(1_700_000_000, 5)
	elsewhere := now.In(time.FixedZone("elsewhere", 3600))
	hidden := func(name string, when time.Time) private {
		return private{name, when, []byte(name), map[string]int{name: 1}, &private{name: name}}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	otherKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	num := numbers{1, 2, 3, 4i, [2]bool{true, false}}
	differ := func(change func(*numbers)) numbers {
		n := num
		change(&n)
		return n
	}
	for name, test := range map[string]struct{ got, want bool }{
		"same text":                     {equal(t, "a", "a"), true},
		"other text":                    {equal(t, "a", "b"), false},
		"text and its prefix":           {equal(t, "a", "ab"), false},
		"same bytes":                    {equal(t, []byte{0, 1}, []byte{0, 1}), true},
		"other bytes":                   {equal(t, []byte{0, 1}, []byte{1, 0}), false},
		"bytes and their prefix":        {equal(t, []byte{0}, []byte{0, 0}), false},
		"nil and no bytes":              {equal(t, nil, []byte{}), true},
		"other integers":                {equal(t, 1, -1), false},
		"same booleans":                 {equal(t, true, true), true},
		"other booleans":                {equal(t, true, false), false},
		"same structs":                  {equal(t, a, b), true},
		"structs with a shifted border": {equal(t, a, shifted), false},
		"same numbers":                  {equal(t, num, num), true},
		"another int8":                  {equal(t, num, differ(func(n *numbers) { n.I = -1 })), false},
		"another uint16":                {equal(t, num, differ(func(n *numbers) { n.U++ })), false},
		"another float":                 {equal(t, num, differ(func(n *numbers) { n.F++ })), false},
		"another complex part":          {equal(t, num, differ(func(n *numbers) { n.C++ })), false},
		"another imaginary part":        {equal(t, num, differ(func(n *numbers) { n.C = 5i })), false},
		"another element of an array":   {equal(t, num, differ(func(n *numbers) { n.A[1] = true })), false},
		"a NaN and itself":              {equal(t, math.NaN(), math.NaN()), true},
		"one instant in two zones":      {equal(t, now, elsewhere), true},
		"two instants":                  {equal(t, now, now.Add(1)), false},
		"an instant and none":           {equal(t, &now, nil), false},
		"instants behind pointers":      {equal(t, &now, &elsewhere), true},
		"same lists":                    {equal(t, []string{"a", "b"}, []string{"a", "b"}), true},
		"lists in another order":        {equal(t, []string{"a", "b"}, []string{"b", "a"}), false},
		"a list and its beginning":      {equal(t, []string{"a"}, []string{"a", "b"}), false},
		"maps of other keys":            {equal(t, map[string]string{"a": "1"}, map[string]string{"b": "1"}), false},
		"maps of other values":          {equal(t, map[string]string{"a": "1"}, map[string]string{"a": "2"}), false},
		"a map and a larger one":        {equal(t, map[string]int{"a": 1}, map[string]int{"a": 1, "b": 0}), false},
		"interfaces of other types":     {equal[any](t, 1, int64(1)), false},
		"interfaces of equal values":    {equal[any](t, []string{"a"}, []string{"a"}), true},
		"an interface and none":         {equal[any](t, 1, nil), false},
		"no interfaces":                 {equal[any](t, nil, nil), true},
		"same unexported fields":        {equal(t, hidden("a", now), hidden("a", now)), true},
		"other unexported fields":       {equal(t, hidden("a", now), hidden("b", now)), false},
		"other unexported instants":     {equal(t, hidden("a", now), hidden("a", now.Add(1))), false},
		"same rings":                    {equal(t, newRing("a", "b"), newRing("a", "b")), true},
		"other rings":                   {equal(t, newRing("a", "b"), newRing("a", "c")), false},
		"a type's own notion":           {equal(t, tagged{"a", "x"}, tagged{"a", "y"}), true},
		"its notion of difference":      {equal(t, tagged{"a", "x"}, tagged{"b", "x"}), false},
		"an Equal of no argument":       {equal(t, noArgument{"a"}, noArgument{"b"}), false},
		"an Equal of no result":         {equal(t, noResult{"a"}, noResult{"b"}), false},
		"an Equal of another result":    {equal(t, otherResult{"a"}, otherResult{"b"}), false},
		"an Equal of another type":      {equal(t, otherType{"a"}, otherType{"b"}), false},
		"an Equal of many":              {equal(t, many{"a"}, many{"b"}), false},
		"a private key and none":        {equal(t, key, nil), false},
		"no private keys":               {equal[*ecdsa.PrivateKey](t, nil, nil), true},
		"a private key and itself":      {equal(t, key, key), true},
		"two private keys":              {equal(t, key, otherKey), false},
		"a URL and its copy":            {equal(t, &url.URL{Host: "a"}, &url.URL{Host: "a"}), true},
		"two URLs":                      {equal(t, &url.URL{Host: "a"}, &url.URL{Host: "b"}), false},
	} {
		if test.got != test.want {
			t.Errorf("%s: Equal is %v, want %v", name, test.got, test.want)
		}
	}
	var zero runtime.Secret[string]
	if !zero.Equal(runtime.Secret[string]{}) || !zero.Equal(runtime.NewSecret("")) || zero.Equal(runtime.NewSecret("a")) {
		t.Error("the zero secret is not equal to the zero text alone")
	}
	call, none := runtime.NewSecret(func() {}), runtime.NewSecret[func()](nil)
	if call.Equal(call) || call.Equal(none) || none.Equal(call) || !none.Equal(none) {
		t.Error("functions are equal, or none is not equal to none")
	}
}

func TestRevealGivesACopyOfWhatCanBeChanged(t *testing.T) {
	t.Parallel()
	type labels map[string]string
	type inner struct{ Blob []byte }
	type document struct {
		runtime.Redacted

		Blob    []byte
		Raw     json.RawMessage
		List    []string
		Times   []time.Time
		Lists   [][]byte
		Labels  labels
		Nested  map[string][]byte
		Inner   inner
		Pointer *inner
		Text    *string
		Array   [1][]byte
		Any     any
		Nil     []byte
		NilMap  labels
	}
	make1 := func() document {
		text := "canary"
		return document{
			Blob: []byte("canary"), Raw: json.RawMessage("canary"), List: []string{"canary"}, Times: []time.Time{time.Unix(1, 0)}, Lists: [][]byte{[]byte("canary")},
			Labels: labels{"k": "canary"}, Nested: map[string][]byte{"k": []byte("canary")}, Inner: inner{[]byte("canary")},
			Pointer: &inner{[]byte("canary")}, Text: &text, Array: [1][]byte{[]byte("canary")}, Any: map[string]any{"k": []byte("canary")},
		}
	}
	spoil := func(d document) {
		d.Blob[0], d.Raw[0], d.List[0], d.Lists[0][0] = 'X', 'X', "X", 'X'
		d.Times[0] = time.Unix(2, 0)
		d.Labels["k"], d.Nested["k"][0], d.Inner.Blob[0] = "X", 'X', 'X'
		d.Pointer.Blob[0], *d.Text, d.Array[0][0] = 'X', "X", 'X'
		d.Any.(map[string]any)["k"].([]byte)[0] = 'X' //nolint:forcetypeassert // as it was made
	}
	original := make1()
	s := runtime.NewSecret(original)
	spoil(original)
	for _, when := range []string{"what was sealed", "what was revealed"} {
		revealed := s.Reveal()
		if !reflect.DeepEqual(revealed, make1()) {
			t.Errorf("a change of %s reached the secret", when)
		}
		spoil(revealed)
	}
}

func TestRevealOfEachChangeableTypeIsACopy(t *testing.T) {
	t.Parallel()
	blob := runtime.NewSecret([]byte("canary"))
	blob.Reveal()[0] = 'X'
	raw := runtime.NewSecret(json.RawMessage(`{"a":1}`))
	raw.Reveal()[0] = 'X'
	table := runtime.NewSecret(map[string]string{"k": "canary"})
	table.Reveal()["k"] = "X"
	named := runtime.NewSecret(url.Values{"k": {"canary"}})
	named.Reveal()["k"][0] = "X"
	pointed := runtime.NewSecret(&url.URL{Host: "canary"})
	pointed.Reveal().Host = "X"
	array := runtime.NewSecret([1]*string{new(string)})
	*array.Reveal()[0] = "X"
	for name, got := range map[string]string{
		"bytes": string(blob.Reveal()), "json": string(raw.Reveal()), "a map": table.Reveal()["k"], "a named map": named.Reveal()["k"][0],
		"a pointer": pointed.Reveal().Host, "an array": *array.Reveal()[0],
	} {
		if strings.Contains(got, "X") {
			t.Errorf("%s: a change of what Reveal returned reached the secret", name)
		}
	}
}

func TestWhatCannotBeCopiedIsShared(t *testing.T) {
	t.Parallel()
	user := url.UserPassword("u", "canary")
	s := runtime.NewSecret(&url.URL{User: user})
	if s.Reveal().User != user {
		t.Error("a struct with unexported fields was copied through its pointer")
	}
}

func TestTimesAndBigIntegersAreCopied(t *testing.T) {
	t.Parallel()
	type dated struct {
		When    *time.Time
		Serial  *big.Int
		Numbers []big.Int
		Any     any
	}
	when, canary := time.Unix(1, 0), new(big.Int).Lsh(big.NewInt(7), 100)
	s := runtime.NewSecret(dated{&when, canary, []big.Int{*new(big.Int).Set(canary)}, canary})
	spoil := func(d dated) {
		*d.When = time.Unix(2, 0)
		d.Serial.Bits()[0]++
		d.Numbers[0].Bits()[0]++
		d.Any.(*big.Int).SetInt64(2) //nolint:forcetypeassert // as it was made
	}
	want := canary.String()
	spoil(s.Reveal())
	when = time.Unix(3, 0)
	canary.SetInt64(3)
	got := s.Reveal()
	if got.When.Unix() != 1 || got.Serial.String() != want || got.Numbers[0].String() != want || got.Any.(*big.Int).String() != want { //nolint:forcetypeassert // as it was made
		t.Error("a change of what was sealed or revealed reached the secret")
	}
	if got.Any.(*big.Int) != got.Serial { //nolint:forcetypeassert // as it was made
		t.Error("two pointers to one number became two numbers")
	}
}

func TestTwoWindowsOfOneListKeepTheirLengths(t *testing.T) {
	t.Parallel()
	list := [][]byte{[]byte("a"), []byte("b")}
	got := runtime.NewSecret([2][][]byte{list[:1], list}).Reveal()
	if len(got[0]) != 1 || len(got[1]) != 2 {
		t.Errorf("lengths %d and %d, want 1 and 2", len(got[0]), len(got[1]))
	}
}

func TestAValueThatHoldsItselfIsCopiedOnce(t *testing.T) {
	t.Parallel()
	original := newRing("a", "b")
	copied := runtime.NewSecret(original).Reveal()
	if copied == original || copied.Next == original.Next || copied.Next.Next != copied || copied.All["b"] != copied.Next {
		t.Error("the copy of a ring is not a ring of its own")
	}
	list := []any{nil}
	list[0] = list
	again, _ := runtime.NewSecret(list).Reveal()[0].([]any)
	if &again[0] == &list[0] {
		t.Error("the copy of a list that holds itself is the list")
	}
}
