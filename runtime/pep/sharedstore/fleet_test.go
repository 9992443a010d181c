package sharedstore_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unique"

	"github.com/secretsgen/secretsgen/internal/servertest"
	"github.com/secretsgen/secretsgen/runtime/caller"
	"github.com/secretsgen/secretsgen/runtime/pep"
	"github.com/secretsgen/secretsgen/runtime/uri"
)

const (
	processes = 8
	attempts  = 100_000
	pairs     = 10_000
	rounds    = 10   // that the attempts and the pairs are made in
	perRound  = 1400 // attempts of one process, so that with those killed there are enough
)

// fleetRef is what all processes read.
func fleetRef() uri.URI {
	u, _ := uri.Parse("env://secret/FLEET", uri.Scope{AnyMount: true})
	return u
}

// member is a process of a fleet, as the test sees it.
type member struct {
	cmd    *exec.Cmd
	orders io.WriteCloser
	done   *bufio.Scanner
	file   string
	killed bool
}

// fleet starts the processes, all on one store.
func fleet(t *testing.T, task string, s *servertest.Server) []*member {
	t.Helper()
	all := make([]*member, processes)
	for i := range all {
		m := &member{file: filepath.Join(t.TempDir(), "history")}
		m.cmd = exec.Command(os.Args[0])
		m.cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s %s %s", workerVariable, i, task, s.URL(), m.file))
		m.cmd.Stderr = io.Discard // the library tells there that the store is down
		var err error
		if m.orders, err = m.cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		out, err := m.cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		m.done = bufio.NewScanner(out)
		if err := m.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(m.kill)
		all[i] = m
	}
	return all
}

func (m *member) kill() {
	if !m.killed {
		m.killed = true
		_ = m.cmd.Process.Kill() // by its handle; nothing is left of one that has ended
		_ = m.cmd.Wait()
	}
}

// each gives every process that lives an order.
func each(all []*member, order string) {
	for _, m := range all {
		if !m.killed {
			_, _ = io.WriteString(m.orders, order+"\n")
		}
	}
}

// await waits until every process that lives has done what it was told.
func await(t *testing.T, all []*member) {
	t.Helper()
	for i, m := range all {
		if !m.killed && !m.done.Scan() {
			t.Fatalf("process %d ended", i)
		}
	}
}

// finish ends the processes that live, and waits for them.
func finish(t *testing.T, all []*member) {
	t.Helper()
	for i, m := range all {
		if m.killed {
			continue
		}
		_ = m.orders.Close()
		m.killed = true
		if err := m.cmd.Wait(); err != nil {
			t.Errorf("process %d: %v", i, err)
		}
	}
}

// line is one of a history.
type line struct {
	at            int64
	what, subject string
	uses          int
	ids           []string
}

func (m *member) history(t *testing.T) (all []line) {
	t.Helper()
	data, err := os.ReadFile(m.file)
	if err != nil {
		t.Fatal(err)
	}
	for text := range strings.Lines(string(data)) {
		fields := strings.Fields(text)
		if len(fields) < 5 || !strings.HasSuffix(text, "\n") {
			continue // a process was killed while it wrote this
		}
		at, _ := strconv.ParseInt(fields[0], 10, 64)
		uses, _ := strconv.Atoi(fields[3])
		all = append(all, line{at, fields[1], fields[2], uses, fields[4:]})
	}
	return all
}

// account is what became of one decision.
type account struct {
	subject string
	uses    int
	at      int64
	killed  bool // the process that asked was
	permits int
	left    int // in the store, at the end
}

// TestUsesAreCountedAcrossAFleet holds that a grant of k uses gives k, among eight
// processes of which two are killed and a store that is started again.
//
// It counts. A use that a process took was either had by a read that returned, or is
// left in the store at the end, or was on its way when the process was killed: such
// reads are known, since each is written down before it begins. So with the store up,
//
//	uses granted = reads that returned + uses left + at most one for each of those
func TestUsesAreCountedAcrossAFleet(t *testing.T) {
	t.Parallel()
	for _, kind := range []servertest.Kind{servertest.Redis, servertest.Valkey} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := servertest.Start(t, kind, "--dbfilename", "dump.rdb")
			all := fleet(t, "uses", s)
			var up int64 // since when the store is
			for round := range rounds {
				each(all, strconv.Itoa(perRound))
				switch round {
				case 2:
					s.Do("SAVE") // to come back with a memory of what is then no longer so
				case 3:
					s.Restart()
				case 5, 7:
					all[round].kill()
				}
				await(t, all)
				if round == 3 {
					each(all, "until the store is up")
					await(t, all)
					up = time.Now().UnixNano()
				}
			}
			finish(t, all)

			accounts, unknown := settleAccounts(t, all, up)
			drain(t, open(t, s), accounts)
			checkAccounts(t, accounts, unknown, up)
		})
	}
}

// settleAccounts reads the histories: what became of each decision, and how many
// reads of each subject were on their way when a process was killed. Nothing may
// have failed while the store was up.
func settleAccounts(t *testing.T, all []*member, up int64) (accounts map[string]*account, unknown map[string]int) {
	t.Helper()
	accounts, unknown = map[string]*account{}, map[string]int{}
	made, begun := 0, map[string]string{}
	histories := make([][]line, len(all))
	for i, m := range all {
		histories[i] = m.history(t)
		for _, l := range histories[i] {
			if l.what == "decided" {
				accounts[l.ids[0]] = &account{subject: l.subject, uses: l.uses, at: l.at, killed: i == 5 || i == 7}
			}
		}
	}
	for i, h := range histories {
		for _, l := range h {
			switch l.what {
			case "attempt":
				made++
				begun[l.ids[0]] = l.subject
			case "permit":
				delete(begun, l.ids[1])
				if a := accounts[l.ids[0]]; a == nil {
					t.Errorf("process %d was served decision %q, which nobody took", i, l.ids[0])
				} else {
					a.permits++
				}
			case "failed", "error":
				if l.what == "failed" {
					delete(begun, l.ids[0])
				}
				if l.at > up {
					t.Errorf("process %d: %s of %s while the store was up", i, l.what, l.subject)
				}
			}
		}
		for id, subject := range begun {
			unknown[subject]++
			delete(begun, id)
		}
	}
	t.Logf("%d attempts, %d decisions", made, len(accounts))
	if made < attempts {
		t.Errorf("%d attempts were made", made)
	}
	return accounts, unknown
}

// drain counts what is left in the store.
func drain(t *testing.T, store pep.SharedStore, accounts map[string]*account) {
	t.Helper()
	for uses := 1; uses <= 100; uses++ {
		who := caller.Bind(caller.Caller{Subject: fmt.Sprintf("subject/%d", uses)})
		k := pep.Key{
			Identity:    who.Identity(tenant),
			Declaration: unique.Make(pep.Declaration{Ref: fleetRef(), Accessor: "fleet"}),
		}
		for g, ok := spend(t, store, pep.Attempt{Key: k}); ok; g, ok = spend(t, store, pep.Attempt{Key: k}) {
			accounts[g.DecisionID].left++
		}
	}
}

func checkAccounts(t *testing.T, accounts map[string]*account, unknown map[string]int, up int64) {
	t.Helper()
	missing, checked := map[string]int{}, 0
	for id, a := range accounts {
		had := a.permits + a.left
		if had > a.uses {
			t.Errorf("decision %s: %d uses of %d", id, had, a.uses)
		}
		if a.at < up || a.killed && had == 0 { // lost with the store, or with who asked
			continue
		}
		checked++
		missing[a.subject] += a.uses - had
	}
	for subject, lost := range missing {
		if lost > unknown[subject] {
			t.Errorf("%s: %d uses were lost, and %d reads were cut off", subject, lost, unknown[subject])
		}
	}
	if checked < 100 {
		t.Errorf("%d decisions were counted out", checked)
	}
}

// TestAProofShownToTwoProcessesIsAcceptedOnce shows each of 10,000 proofs to two of
// eight processes at about the same time.
func TestAProofShownToTwoProcessesIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	for _, kind := range []servertest.Kind{servertest.Redis, servertest.Valkey} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := servertest.Start(t, kind)
			settle(t, open(t, s), fleetTTL)
			all := fleet(t, "pairs", s)
			for round := range rounds {
				each(all, fmt.Sprint(round*pairs/rounds, (round+1)*pairs/rounds))
				await(t, all)
			}
			finish(t, all)
			accepted, refused := make([]int, pairs), make([]int, pairs)
			for i, m := range all {
				for _, l := range m.history(t) {
					n, err := strconv.Atoi(l.ids[0])
					switch {
					case l.what == "accepted" && err == nil:
						accepted[n]++
					case l.what == string(pep.ReplayedProof) && err == nil:
						refused[n]++
					case l.what != "decided":
						t.Errorf("process %d: %s", i, l.what)
					}
				}
			}
			for i := range pairs {
				if accepted[i] != 1 || refused[i] != 1 {
					t.Errorf("pair %d: %d were accepted and %d refused", i, accepted[i], refused[i])
				}
			}
		})
	}
}
