package sharedstore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/pep/sharedstore"
)

// workerVariable tells the test binary that it is one of the processes of a fleet:
// its number, what it is to do, the store, and where it writes its history.
const workerVariable = "SHAREDSTORE_WORKER"

func TestMain(m *testing.M) {
	if order := os.Getenv(workerVariable); order != "" {
		if err := work(strings.Split(order, " ")); err != nil {
			fmt.Fprintln(os.Stderr, "worker:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const (
	fleetTTL = 15 * time.Second // of a claim
	lanes    = 4                // reads side by side in one process
)

// worker is one process of a fleet.
type worker struct {
	number   int
	enforcer *pep.Enforcer
	history  *history
	orders   *bufio.Scanner
	reads    atomic.Int64
}

func work(order []string) error {
	number, _ := strconv.Atoi(order[0])
	file, err := os.OpenFile(order[3], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	h := &history{file: file}
	store, err := sharedstore.Store().Open(context.Background(), instance(order[2], nil))
	if err != nil {
		return err
	}
	e, err := pep.New(pep.Config{
		TenantID:   tenant,
		Mounts:     func() []string { return []string{"secret"} },
		PDP:        &fleetPDP{number: number, history: h},
		PDPTimeout: 10 * time.Second,
		Shared:     store,
		Hooks:      []pep.Hook{h},
		Limits:     pep.Limits{ReplayTTL: fleetTTL, MaxUsesDefault: 10_000},
	})
	if err != nil {
		return err
	}
	w := &worker{number: number, enforcer: e, history: h, orders: bufio.NewScanner(os.Stdin)}
	switch order[1] {
	case "uses":
		err = w.uses()
	case "pairs":
		err = w.pairs()
	}
	e.Close()
	return errors.Join(err, store.Close(context.Background()), file.Close())
}

// fleetPDP permits so many uses as the subject's name ends in, and says which.
type fleetPDP struct {
	number  int
	history *history
	asked   atomic.Int64
}

func (p *fleetPDP) Decide(_ context.Context, r pep.Request) (pep.Decision, error) {
	id := fmt.Sprintf("%d-%d", p.number, p.asked.Add(1))
	_, uses, _ := strings.Cut(r.Subject.ID, "/")
	k, _ := strconv.Atoi(uses)
	p.history.write("decided", r.Subject.ID, id, k)
	return pep.Decision{Permit: true, ID: id, Obligations: pep.Obligations{MaxUses: k}}, nil
}

// uses reads as often as it is told, for subjects of 1 to 100 uses, or, if it is told
// no number, until the store is up again.
func (w *worker) uses() error {
	d := pep.Declare(pep.Declaration{Ref: fleetRef(), Accessor: "fleet"})
	for w.orders.Scan() {
		n, _ := strconv.Atoi(w.orders.Text())
		var wg sync.WaitGroup
		for range lanes {
			wg.Go(func() {
				for made := 0; made < max(n/lanes, 1); {
					if w.read(d) || n > 0 {
						made++
					}
				}
			})
		}
		wg.Wait()
		fmt.Println("done")
	}
	return nil
}

// read reads for a subject, and reports whether it may. A read that may not waits for
// a moment, or all of them would have passed before the store is up again.
func (w *worker) read(d *pep.Declared) bool {
	subject := fmt.Sprintf("subject/%d", 1+rand.IntN(100))
	id := fmt.Sprintf("%d-%d", w.number, w.reads.Add(1))
	w.history.write("attempt", subject, id, 0)
	ctx := caller.NewContext(context.Background(), caller.Caller{Subject: subject})
	permit, err := w.enforcer.Authorize(ctx, d)
	if err != nil {
		w.history.write("failed", subject, id, 0)
		<-time.After(2 * time.Millisecond)
		return false
	}
	w.history.write("permit", subject, permit.DecisionID+" "+id, 0)
	return true
}

// pairs reads with the proofs that are this worker's half of, from the first to
// the last that an order names.
func (w *worker) pairs() error {
	d := pep.Declare(pep.Declaration{Ref: fleetRef(), Accessor: "fleet"})
	for w.orders.Scan() {
		var from, to int
		if _, err := fmt.Sscan(w.orders.Text(), &from, &to); err != nil {
			return err
		}
		var wg sync.WaitGroup
		for lane := range lanes {
			wg.Go(func() {
				for i := from + lane; i < to; i += lanes {
					if i%processes != w.number && (i+1)%processes != w.number {
						continue
					}
					ctx := caller.NewContext(context.Background(), caller.Caller{
						Subject: "subject", Audience: []string{"crud.secrets"},
						JKT: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", ProofID: fmt.Sprint("jti-", i),
					})
					outcome := "accepted"
					if _, err := w.enforcer.Authorize(ctx, d); err != nil {
						outcome = "failed"
						if replay, ok := errors.AsType[*pep.ReplayError](err); ok {
							outcome = string(replay.Code)
						}
					}
					w.history.write(outcome, "subject", strconv.Itoa(i), 0)
				}
			})
		}
		wg.Wait()
		fmt.Println("done")
	}
	return nil
}

// history is what a process did, a line for each, in the file as soon as it is
// written: it outlives the process, however that ends.
type history struct{ file *os.File }

func (h *history) write(what, subject, id string, k int) {
	fmt.Fprintf(h.file, "%d %s %s %d %s\n", time.Now().UnixNano(), what, subject, k, id)
}

// OnStoreError implements [pep.StoreHook].
func (h *history) OnStoreError(store pep.Store, operation string) {
	h.write("error", string(store)+"."+operation, "-", 0)
}

var _ pep.StoreHook = (*history)(nil)
