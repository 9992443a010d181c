package uri_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/secretsgen/secretsgen/runtime/uri"
)

var (
	oracleOuter   = regexp.MustCompile(`(?s)^(.+?)://(.+)$`)
	oracleParts   = regexp.MustCompile(`[#?][^#?]*`)
	oracleSegment = regexp.MustCompile(`^[A-Za-z0-9._*-]+$`)
	oracleDots    = regexp.MustCompile(`\.\.|\.$`)
	oracleKey     = regexp.MustCompile(`^[A-Za-z0-9._~@:+=,-]+$`)
	oracleVersion = regexp.MustCompile(`^[1-9][0-9]{0,9}$`)
)

// An identity is what a reference names, whichever way it is spelled.
type identity struct {
	scheme, path, key string
	version           int
}

// oracle is DESIGN section 2 written a second time, by splitting and matching
// where the package scans. It knows the built-in schemes only.
func oracle(ref string, mounts []string) (id identity, codes []uri.Code) {
	found := make(map[uri.Code]bool)
	check := func(ok bool, code uri.Code) {
		if !ok {
			found[code] = true
		}
	}
	defer func() { codes = slices.Sorted(maps.Keys(found)) }()

	outer := oracleOuter.FindStringSubmatch(ref)
	// The expression would let a scheme hold "://" if the reference starts with it.
	if len(ref) > 2048 || outer == nil || strings.HasPrefix(ref, "://") {
		check(false, uri.IllegalSegment)
		return identity{}, nil
	}
	scheme := strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r | 0x20
		}
		return r
	}, outer[1])
	switch scheme {
	case "openbao+kv2", "hashicorp+kv2", "file", "env", "yaml":
	default:
		check(false, uri.UnsupportedEngine)
		return identity{}, nil
	}

	path := outer[2]
	if i := strings.IndexAny(path, "#?"); i >= 0 {
		path = path[:i]
	}
	var keys, pairs []string
	queries := 0
	for _, part := range oracleParts.FindAllString(outer[2][len(path):], -1) {
		if part[0] == '#' {
			keys = append(keys, part[1:])
			continue
		}
		queries++
		for pair := range strings.SplitSeq(part[1:], "&") {
			if pair != "" {
				pairs = append(pairs, pair)
			}
		}
	}

	path = strings.TrimSuffix(path, "/")
	segments := strings.Split(path, "/")
	for _, segment := range segments {
		check(oracleSegment.MatchString(strings.ReplaceAll(segment, "*", "x")), uri.IllegalSegment)
		check(!oracleDots.MatchString(segment), uri.IllegalSegment)
		check(!strings.Contains(segment, "*"), uri.InvalidWildcard)
	}
	mount := segments[0]
	if oracleSegment.MatchString(mount) && !oracleDots.MatchString(mount) && !strings.Contains(mount, "*") {
		check(slices.Contains(mounts, mount), uri.TenantMountMismatch)
	}
	check(len(segments) > 1, uri.IllegalSegment)

	check(len(keys) < 2, uri.IllegalSegment)
	for _, key := range keys {
		check(oracleKey.MatchString(key), uri.IllegalSegment)
	}

	check(queries < 2, uri.AmbiguousQuery)
	times := make(map[string]int)
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		times[name]++
		check(times[name] < 2, uri.AmbiguousQuery)
		if name == "mount" {
			check(false, uri.DoubleMountSource)
			continue
		}
		if name != "version" || !strings.HasSuffix(scheme, "+kv2") {
			check(false, uri.UnknownParameter)
			continue
		}
		n, err := strconv.ParseInt(value, 10, 32)
		check(err == nil && oracleVersion.MatchString(value), uri.InvalidVersion)
		id.version = int(n)
	}
	if len(found) > 0 {
		return identity{}, nil
	}
	id.scheme, id.path, id.key = scheme, path, strings.Join(keys, "")
	return id, nil
}

// canonical spells an identity as DESIGN section 2 does.
func (id identity) canonical() string {
	s := fmt.Sprintf("%s://%s", id.scheme, id.path)
	if id.key != "" {
		s += "#" + id.key
	}
	if id.version != 0 {
		s += fmt.Sprintf("?version=%d", id.version)
	}
	return s
}
