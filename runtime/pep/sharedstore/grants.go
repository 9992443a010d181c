package sharedstore

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
)

const (
	// maxGrantsPerKey bounds how many grants of one key live side by side, each
	// tied to circumstances of its own, as in a single process.
	maxGrantsPerKey = 64

	none = "" // an argument that its flags say is not there
)

// Use implements [pep.SharedStore].
func (s *store) Use(ctx context.Context, u pep.Use) (pep.Used, error) {
	p, err := s.names.place(&u.Key)
	if err != nil {
		return pep.Used{}, errStore
	}
	flags, owner, life := "d", none, none
	proof, token := p.memory, p.memory // any key of the bucket: the flags say that there is none
	if u.Spend {
		flags += "s"
	}
	if !u.Proof.ID.IsZero() {
		flags += "p"
		proof, owner, life = s.names.claim(p.bucket, u.Proof.ID), ownerName(u.Proof.Owner), milliseconds(u.Proof.TTL)
	}
	if !u.Token.ID.IsZero() {
		flags += "t"
		token = s.names.claim(p.bucket, u.Token.ID)
	}
	return s.use(ctx, p, u.Have, flags, proof, token, owner, life)
}

// Spend implements [pep.GrantStore].
func (s *store) Spend(ctx context.Context, a pep.Attempt) (pep.Grant, bool, error) {
	return s.look(ctx, a, "s")
}

// Live implements [pep.GrantStore].
func (s *store) Live(ctx context.Context, a pep.Attempt) (pep.Grant, bool, error) {
	return s.look(ctx, a, none)
}

func (s *store) look(ctx context.Context, a pep.Attempt, flags string) (pep.Grant, bool, error) {
	p, err := s.names.place(&a.Key)
	if err != nil {
		return pep.Grant{}, false, errStore
	}
	used, err := s.use(ctx, p, a.Have, flags, p.memory, p.memory, none, none)
	return used.Grant, used.Live, err
}

func (s *store) use(ctx context.Context, p *place, have pep.Circumstances, flags, proof, token, owner, life string) (used pep.Used, err error) {
	circumstances := s.names.circumstances(have)
	r, err := s.run(ctx, useScript, []string{p.memory, p.revocations, p.grants, proof, token},
		flags, p.parts, circumstances[0]+circumstances[1]+circumstances[2], owner, life)
	if err != nil {
		return pep.Used{}, err
	}
	switch r.text(0) {
	case "denied":
		used.Denied = true
		if used.Denial, err = p.sealer.openDenial(r.text(4)); err != nil {
			return pep.Used{}, err
		}
		used.Denial.TTL, used.Denial.Known = duration(r.number(2)), duration(r.number(3))
	case "replayed":
	case "forgot":
		return pep.Used{}, pep.ErrStoreForgot
	case "live":
		used.Owned, used.Live = duration(r.number(2)), true
		if used.Grant, err = p.sealer.openGrant(r.text(7)); err != nil {
			return pep.Used{}, err
		}
		used.Grant.Uses, used.Grant.TTL = int(r.number(3)), duration(r.number(4))
		used.Grant.Generation = generation(r.text(5), r.number(6))
	case "none":
		used.Owned = duration(r.number(2))
		used.Grant.Generation = generation(r.text(3), r.number(4))
		used.TokenClaimed = r.number(5) == 1
	default:
		return pep.Used{}, errStore
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
		s.names.hash(partDigest, "id", g.ID), g.Uses, life, epoch, count, bits, issued.String(), p.parts, p.sealer.grant(&g), maxGrantsPerKey)
	return r.number(0) == 1, err
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

func generation(epoch string, count int64) int64 {
	n, _ := strconv.ParseInt(epoch, 16, 64)
	return n<<generationBits | count&(1<<generationBits-1)
}

func splitGeneration(g int64) (epoch string, count int64) {
	const digits = 7
	epoch = strconv.FormatInt(g>>generationBits, 16)
	return strings.Repeat("0", max(digits-len(epoch), 0)) + epoch, g & (1<<generationBits - 1)
}

func duration(milliseconds int64) time.Duration {
	return time.Duration(milliseconds) * time.Millisecond
}

// milliseconds is a lifetime as scripts take it, one at the least.
func milliseconds(d time.Duration) string {
	return strconv.FormatInt(max(d.Milliseconds(), 1), 10)
}

func ownerName(id caller.RequestID) string { return string(id[:]) }
