package authzen

import (
	"context"
	"slices"
	"strconv"

	"github.com/secretsgen/secretsgen/runtime/pep"
)

// batchItem is how much larger an answer may be for each question of a batch.
const batchItem = 1 << 10

// DecideAll asks all questions at once; it implements [pep.BatchPDP]. There is
// one decision a question, in order, or an error like that of [Client.Decide]
// for all of them. Its reason is [pep.ReasonNoBatch] if the PDP has no endpoint
// for that: its metadata names none, or it has answered 404 or 405 in the last
// five minutes. Without questions the PDP is not asked.
//
// Questions about one secret go out one after the other, in as many batches as
// it takes: Cerbos, for one, decides those of one batch together, by the
// properties of the first.
func (c *Client) DecideAll(ctx context.Context, reqs []pep.Request) ([]pep.Decision, error) {
	if slices.ContainsFunc(reqs, func(r pep.Request) bool { return !isText(r) }) {
		return nil, unavailable(pep.ReasonBadRequest, "")
	}
	decisions := make([]pep.Decision, len(reqs))
	for _, round := range rounds(reqs, c.dialect.largestBatch()) {
		part := make([]pep.Request, len(round))
		for i, index := range round {
			part[i] = reqs[index]
		}
		decided, err := c.decideRound(ctx, part)
		if err != nil {
			return nil, err
		}
		for i, index := range round {
			decisions[index] = decided[i]
		}
	}
	return decisions, nil
}

// rounds divides questions, by their indices, so that no two of a round are
// about one secret and no round is too large. 0 is no limit.
func rounds(reqs []pep.Request, largest int) (all [][]int) {
	times := map[string]int{}
	for i, r := range reqs {
		round := times[r.Resource.ID]
		for round < len(all) && largest > 0 && len(all[round]) == largest {
			round++
		}
		times[r.Resource.ID] = round + 1
		if round == len(all) {
			all = append(all, nil)
		}
		all[round] = append(all[round], i)
	}
	return all
}

func (c *Client) decideRound(ctx context.Context, reqs []pep.Request) ([]pep.Decision, error) {
	body, ok := c.evaluationsBody(reqs)
	if !ok {
		return nil, unavailable(pep.ReasonBadRequest, "")
	}
	got, err := c.ask(ctx, c.batchEndpoint, body, c.maxBody+batchItem*c.dialect.itemsSent(len(reqs)))
	if err != nil {
		return nil, err
	}
	items, ok := evaluationsOf(got.body)
	if !ok || len(items) != len(reqs) {
		return nil, unavailable(pep.ReasonMalformed, "")
	}
	decisions := make([]pep.Decision, len(items))
	for i, item := range items {
		object, ok := item.(map[string]any)
		if !ok {
			return nil, unavailable(pep.ReasonMalformed, reqs[i].Resource.Accessor)
		}
		decision, reason := c.decisionOf(object, reqs[i].Resource.ID, got.id+"-"+strconv.Itoa(i))
		if reason != "" {
			return nil, unavailable(reason, reqs[i].Resource.Accessor)
		}
		decisions[i] = decision
	}
	return decisions, nil
}
