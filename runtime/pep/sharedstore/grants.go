package sharedstore

import (
	"context"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// maxGrantsPerKey bounds how many grants of one key live side by side, each
// tied to circumstances of its own, as in a single process.
const maxGrantsPerKey = 64

// maxUses is what four bytes of a record count with certainty: a grant of more has
// so many.
const maxUses = 1<<31 - 1

// flags are what the script of a use is asked for.
type flags struct{ spend, heed, prove, look, date bool }

func (f flags) String() string {
	text := [5]byte{'0', '0', '0', '0', '0'}
	for i, set := range [5]bool{f.spend, f.heed, f.prove, f.look, f.date} {
		if set {
			text[i] = '1'
		}
	}
	return string(text[:])
}

// Use implements [pep.SharedStore].
func (s *store) Use(ctx context.Context, u pep.Use) (pep.Used, error) {
	p, err := s.names.place(&u.Key)
	if err != nil {
		return pep.Used{}, errStore
	}
	f := flags{spend: u.Spend, heed: true, prove: !u.Proof.ID.IsZero(), look: !u.Token.ID.IsZero()}
	if u.Spend && !f.prove && !f.look && u.Have == (pep.Circumstances{}) {
		return s.use(ctx, p, request{of: useScript, keys: p.keys, args: p.plain[3+len(p.keys):], whole: p.plain}, f)
	}
	keys := append(make([]string, 0, 5), p.keys...)
	args := []any{f.String(), p.parts, s.names.joined(u.Have), "", ""}
	if f.prove {
		keys = append(keys, s.names.claim(p.bucket, u.Proof.ID))
		args[3], args[4] = ownerName(u.Proof.Owner), milliseconds(u.Proof.TTL)
	}
	if f.look {
		keys = append(keys, s.names.claim(p.bucket, u.Token.ID))
	}
	return s.use(ctx, p, request{of: useScript, keys: keys, args: args}, f)
}

// Spend implements [pep.GrantStore].
func (s *store) Spend(ctx context.Context, a pep.Attempt) (pep.Grant, bool, error) {
	return s.look(ctx, a, flags{spend: true, date: true})
}

// Live implements [pep.GrantStore].
func (s *store) Live(ctx context.Context, a pep.Attempt) (pep.Grant, bool, error) {
	return s.look(ctx, a, flags{date: true})
}

func (s *store) look(ctx context.Context, a pep.Attempt, f flags) (pep.Grant, bool, error) {
	p, err := s.names.place(&a.Key)
	if err != nil {
		return pep.Grant{}, false, errStore
	}
	args := []any{f.String(), p.parts, s.names.joined(a.Have)}
	used, err := s.use(ctx, p, request{of: useScript, keys: p.keys, args: args}, f)
	return used.Grant, used.Live, err
}

// use runs the script.
func (s *store) use(ctx context.Context, p *place, q request, f flags) (used pep.Used, err error) {
	r, err := s.run(ctx, q)
	if err != nil {
		return pep.Used{}, err
	}
	switch r.letter() {
	case replyDenied:
		return p.denied(r)
	case replyReplayed:
		return pep.Used{}, nil
	case replyForgot:
		return pep.Used{}, pep.ErrStoreForgot
	case replyLive:
		return p.live(r, f.spend)
	case replyNo:
		n, _, ok := r.numbers(6, 4, 4, 1)
		if !ok {
			return pep.Used{}, errDetails
		}
		used.Owned, used.TokenClaimed = duration(n[0]), n[3] == 1
		used.Grant.Generation = generation(n[1], n[2])
		return used, nil
	}
	return pep.Used{}, errDetails
}

// denied reads the answer that tells of a denial.
func (p *place) denied(r reply) (used pep.Used, err error) {
	left, details, ok := r.numbers(6, 6)
	if !ok {
		return pep.Used{}, errDetails
	}
	if used.Denial, err = p.sealer.openDenial(details); err != nil {
		return pep.Used{}, err
	}
	used.Denied = true
	used.Denial.TTL, used.Denial.Known = duration(left[0]), duration(left[1])
	return used, nil
}

// live reads the answer that holds a live grant, as it was before its use was
// taken.
func (p *place) live(r reply, spent bool) (used pep.Used, err error) {
	n, record, ok := r.numbers(6, 6)
	if !ok {
		return pep.Used{}, errDetails
	}
	const idSize = 12
	f, rest, ok := readNumbers(record, 4, 4, 6, 4, 4, 1)
	details := idSize + partDigest*bits.OnesCount8(uint8(f[5]))
	if !ok || len(rest) < details {
		return pep.Used{}, errDetails
	}
	if used.Grant, err = p.sealer.openGrant(rest[details:]); err != nil {
		return pep.Used{}, err
	}
	used.Owned, used.Live = duration(n[0]), true
	used.Grant.Uses, used.Grant.Generation = int(f[1]), generation(f[3], f[4])
	if spent {
		used.Grant.Uses--
	}
	if n[1] > 0 {
		used.Grant.TTL = duration(f[2] - n[1])
	} else {
		used.Grant.Lifetime = 0 // no age can be told
	}
	return used, nil
}

// Add implements [pep.GrantStore].
func (s *store) Add(ctx context.Context, key pep.Key, g pep.Grant, _ time.Duration) (bool, error) {
	p, err := s.names.place(&key)
	if err != nil {
		return false, errStore
	}
	life := g.TTL.Milliseconds()
	if life < 1 || g.Uses < 1 {
		return false, nil
	}
	var issued strings.Builder
	conditions := conditionBits(g.Conditions)
	for i, part := range s.names.circumstances(g.Issued) {
		if conditions>>i&1 == 1 {
			issued.WriteString(part)
		}
	}
	epoch, count := splitGeneration(g.Generation)
	r, err := s.run(ctx, request{of: addScript, keys: p.keys, args: []any{
		s.names.part("id", g.ID), min(g.Uses, maxUses), life, epoch, count, conditions, issued.String(), p.parts, p.sealer.grant(&g), maxGrantsPerKey,
	}})
	return r.letter() == replyYes, err
}

// Deny implements [pep.DenialStore].
func (s *store) Deny(ctx context.Context, key pep.Key, d pep.Denial) error {
	p, err := s.names.place(&key)
	if err != nil {
		return errStore
	}
	known := max(d.Known, d.TTL).Milliseconds()
	if known < 1 {
		return nil
	}
	_, err = s.run(ctx, request{of: denyScript, keys: p.keys, args: []any{d.TTL.Milliseconds(), known, p.sealer.denial(&d)}})
	return err
}

// A generation is an epoch and, in its lower half, the number of revocations and
// denials that the bucket had known of by then. One of another epoch is never equal,
// so nothing that was asked for before a loss of memory is added after it.
const generationBits = 32

func generation(epoch, count int64) int64 { return epoch<<generationBits | count }

func splitGeneration(g int64) (epoch, count int64) {
	return g >> generationBits, g & (1<<generationBits - 1)
}

func duration(milliseconds int64) time.Duration {
	return time.Duration(milliseconds) * time.Millisecond
}

// milliseconds is a lifetime as scripts take it, one at the least.
func milliseconds(d time.Duration) string {
	return strconv.FormatInt(max(d.Milliseconds(), 1), 10)
}

func ownerName(id caller.RequestID) string { return string(id[:]) }
