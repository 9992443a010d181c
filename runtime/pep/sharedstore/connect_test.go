package sharedstore

import "testing"

// TestAServerIsLookedAtAnew holds that a connection does not live for ever: what
// was fit when it was made, such as the policy for a full memory, may change.
func TestAServerIsLookedAtAnew(t *testing.T) {
	t.Parallel()
	s := &store{}
	single, cluster := s.options(), s.clusterOptions()
	if single.ConnMaxLifetime != lifetime || cluster.ConnMaxLifetime != lifetime || single.OnConnect == nil || cluster.OnConnect == nil {
		t.Errorf("connections live for %v, those to a cluster for %v", single.ConnMaxLifetime, cluster.ConnMaxLifetime)
	}
}
