package runtime

import (
	"testing"
	"testing/synctest"
)

// TestACrewKeepsAFew has more flights at once than there are who may wait for the
// next, then one, and then none for ever.
func TestACrewKeepsAFew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		land := make(chan struct{})
		flown := 0
		c := newCrew(func(*flight) { <-land; flown++ })
		for range 3 * maxIdle {
			c.fly(&flight{})
		}
		synctest.Wait()
		if n := c.idle.Load(); n != 0 {
			t.Errorf("%d wait while all fly", n)
		}
		for range 3 * maxIdle {
			land <- struct{}{}
			synctest.Wait()
		}
		if n := c.idle.Load(); n != maxIdle || flown != 3*maxIdle {
			t.Errorf("%d wait after %d flights, want %d after %d", n, flown, maxIdle, 3*maxIdle)
		}
		c.fly(&flight{})
		synctest.Wait()
		if n := c.idle.Load(); n != maxIdle-1 {
			t.Errorf("%d wait beside one who flies, want %d: one of those who waited", n, maxIdle-1)
		}
		c.dismiss()
		c.dismiss()
		land <- struct{}{}
		synctest.Wait()
		if n := c.idle.Load(); n != 0 {
			t.Errorf("%d wait for ever", n)
		}
	})
}
