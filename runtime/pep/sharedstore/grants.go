package sharedstore

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

// maxGrantsPerKey bounds how many grants of one key live side by side, each
// tied to circumstances of its own, as in a single process.
const maxGrantsPerKey = 64

// Use implements [pep.SharedStore].
func (s *store) Use(ctx context.Context, u pep.Use) (pep.Used, error) {
	p, err := s.names.place(&u.Key)
	if err != nil {
		return pep.Used{}, errStore
	}
	keys := []string{p.memory, p.revocations, p.grants}
	flags, owner, life := "d", "", ""
	if u.Spend {
		flags += "s"
	}
	if !u.Proof.ID.IsZero() {
		flags += "p"
		keys = append(keys, s.names.claim(p.bucket, u.Proof.ID))
		owner, life = ownerName(u.Proof.Owner), milliseconds(u.Proof.TTL)
	}
	if !u.Token.ID.IsZero() {
		flags += "t"
		keys = append(keys, s.names.claim(p.bucket, u.Token.ID))
	}
	return s.use(ctx, p, keys, flags, u.Have, owner, life)
}

// Spend implements [pep.GrantStore].
func (s *store) Spend(ctx context.Context, a pep.Attempt) (pep.Grant, bool, error) {
	return s.look(ctx, a, "s")
}

// Live implements [pep.GrantStore].
func (s *store) Live(ctx context.Context, a pep.Attempt) (pep.Grant, bool, error) {
	return s.look(ctx, a, "")
}

func (s *store) look(ctx context.Context, a pep.Attempt, flags string) (pep.Grant, bool, error) {
	p, err := s.names.place(&a.Key)
	if err != nil {
		return pep.Grant{}, false, errStore
	}
	used, err := s.use(ctx, p, []string{p.memory, p.revocations, p.grants}, flags, a.Have, "", "")
	return used.Grant, used.Live, err
}

func (s *store) use(ctx context.Context, p *place, keys []string, flags string, have pep.Circumstances, owner, life string) (used pep.Used, err error) {
	circumstances := ""
	if have != (pep.Circumstances{}) {
		parts := s.names.circumstances(have)
		circumstances = parts[0] + parts[1] + parts[2]
	}
	args := append(make([]any, 0, 5), flags, p.parts)
	if circumstances != "" || owner != "" {
		args = append(args, circumstances, owner, life)
	}
	r, err := s.run(ctx, useScript, keys, args...)
	if err != nil {
		return pep.Used{}, err
	}
	switch r.letter() {
	case replyDenied:
		left, details, ok := r.numbers(6, 6)
		if !ok {
			return pep.Used{}, errDetails
		}
		if used.Denial, err = p.sealer.openDenial(details); err != nil {
			return pep.Used{}, err
		}
		used.Denied = true
		used.Denial.TTL, used.Denial.Known = duration(left[0]), duration(left[1])
	case replyReplayed:
	case replyForgot:
		return pep.Used{}, pep.ErrStoreForgot
	case replyLive:
		n, details, ok := r.numbers(6, 6, 4, 4, 4)
		if !ok {
			return pep.Used{}, errDetails
		}
		if used.Grant, err = p.sealer.openGrant(details); err != nil {
			return pep.Used{}, err
		}
		used.Owned, used.Live = duration(n[0]), true
		used.Grant.TTL, used.Grant.Uses = duration(n[1]), int(n[2])
		used.Grant.Generation = generation(n[3], n[4])
	case replyNo:
		n, _, ok := r.numbers(6, 4, 4, 1)
		if !ok {
			return pep.Used{}, errDetails
		}
		used.Owned, used.TokenClaimed = duration(n[0]), n[3] == 1
		used.Grant.Generation = generation(n[1], n[2])
	default:
		return pep.Used{}, errDetails
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
	bits := conditionBits(g.Conditions)
	for i, part := range s.names.circumstances(g.Issued) {
		if bits>>i&1 == 1 {
			issued.WriteString(part)
		}
	}
	epoch, count := splitGeneration(g.Generation)
	r, err := s.run(ctx, addScript, []string{p.memory, p.revocations, p.grants},
		s.names.part("id", g.ID), g.Uses, life, epoch, count, bits, issued.String(), p.parts, p.sealer.grant(&g), maxGrantsPerKey)
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
	_, err = s.run(ctx, denyScript, []string{p.memory, p.revocations, p.grants}, d.TTL.Milliseconds(), known, p.sealer.denial(&d))
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
