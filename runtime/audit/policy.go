package audit

// The policies (SECRETS_AUDIT_POLICY).
const (
	BestEffort = "best_effort" // what finds the queue full is dropped and counted
	Block      = "block"       // it waits for room, at most as long as SECRETS_AUDIT_TIMEOUT says
	FailClosed = "fail_closed" // what can't be put on disk first is not read
)

// CheckPolicy says what is wrong with a policy's name, or nothing.
func CheckPolicy(name string) (problem string) {
	switch name {
	case "", BestEffort, Block, FailClosed:
		return ""
	}
	return "is not a known policy: use " + BestEffort + ", " + Block + " or " + FailClosed
}
