package kafka

import (
	"encoding/json"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/secretsgen/secretsgen/runtime/audit"
)

// newRecord is the record of an event. The topic is the client's.
func newRecord(e *audit.Event) (*kgo.Record, error) {
	value, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	r := &kgo.Record{
		Value:     value,
		Timestamp: e.Time,
		Headers: []kgo.RecordHeader{
			{Key: "content-type", Value: []byte("application/json")},
			{Key: "event-version", Value: strconv.AppendInt(nil, int64(e.Version), 10)},
		},
	}
	if e.ResourceRef != "" {
		r.Key = []byte(e.ResourceRef)
	}
	return r, nil
}
