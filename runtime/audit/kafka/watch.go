package kafka

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

const (
	retryInterval = time.Second      // between two questions for the topic, at the least
	lookTimeout   = 10 * time.Second // of one look at the brokers
	warnInterval  = time.Minute
)

// watch tries the brokers in the background, at start and whenever events were
// given up, and tells the log what is wrong, at most once a minute.
func (p *producer) watch() {
	go func() {
		defer close(p.watched)
		for told := p.warn(p.look(p.life)); ; {
			if told {
				select {
				case <-time.After(warnInterval):
				case <-p.life.Done():
					return
				}
				select {
				case <-p.failed: // it may be over by now
				default:
				}
			}
			select {
			case why := <-p.failed:
				told = p.warn(p.explain(why))
			case <-p.life.Done():
				return
			}
		}
	}()
}

// tell has the watcher look what is wrong. It never waits.
func (p *producer) tell(err error) {
	if errors.Is(err, context.DeadlineExceeded) { // the write's, and no connection's
		err = kgo.ErrAborting
	}
	select {
	case p.failed <- cause(err):
	default:
	}
}

func (p *producer) warn(trouble string) (told bool) {
	if trouble == "" || p.life.Err() != nil {
		return false
	}
	p.logger.Warn("secretsgen: audit sink kafka: " + trouble)
	return true
}

// explain says why events were given up.
func (p *producer) explain(why string) string {
	if trouble := p.look(p.life); trouble != "" {
		return trouble
	}
	return settings.KafkaBrokers + ": every broker answers, and yet events are given up: " + why
}

// look asks every broker of the list for the topic, and then every broker that
// the cluster names. It returns what is wrong, or nothing.
func (p *producer) look(ctx context.Context) (trouble string) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	seeds := p.client.SeedBrokers()
	answers, failures := ask(seeds, func(b *kgo.Broker) (kmsg.Response, error) {
		return b.Request(ctx, p.metadataRequest())
	})
	if len(answers) == 0 {
		var tried []string
		for i, err := range failures {
			tried = append(tried, fmt.Sprintf("entry %d: %s", i+1, cause(err)))
		}
		return settings.KafkaBrokers + ": no broker of the list can be used; what was tried: " + strings.Join(tried, "; ")
	}
	if err := topicError(answers[0]); err != nil && !p.mayCreate(err) {
		return settings.KafkaTopicPrefix + ": " + cause(err)
	}
	if _, err := p.client.Request(ctx, p.metadataRequest()); err != nil {
		return settings.KafkaBrokers + ": " + cause(err)
	}
	named := p.client.DiscoveredBrokers()
	_, failures = ask(named, func(b *kgo.Broker) (kmsg.Response, error) {
		return b.Request(ctx, kmsg.NewPtrApiVersionsRequest())
	})
	for _, err := range failures {
		if err != nil {
			return settings.KafkaBrokers + ": a broker that the cluster names itself can't be used, look at its advertised.listeners: " + cause(err)
		}
	}
	return ""
}

// mayCreate tells whether the first event may mend that the topic is not there.
func (p *producer) mayCreate(err error) bool {
	return p.development && (errors.Is(err, kerr.UnknownTopicOrPartition) || errors.Is(err, kerr.LeaderNotAvailable))
}

func (p *producer) metadataRequest() *kmsg.MetadataRequest {
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = kmsg.StringPtr(p.topic)
	request := kmsg.NewPtrMetadataRequest()
	request.Topics = append(request.Topics, topic)
	return request
}

func topicError(answer kmsg.Response) error {
	metadata, ok := answer.(*kmsg.MetadataResponse)
	if !ok || len(metadata.Topics) != 1 {
		return kerr.UnknownServerError
	}
	return kerr.ErrorForCode(metadata.Topics[0].ErrorCode)
}

// ask asks brokers side by side.
func ask(brokers []*kgo.Broker, question func(*kgo.Broker) (kmsg.Response, error)) (answers []kmsg.Response, failures []error) {
	failures = make([]error, len(brokers))
	all := make([]kmsg.Response, len(brokers))
	var wg sync.WaitGroup
	for i, b := range brokers {
		wg.Go(func() { all[i], failures[i] = question(b) })
	}
	wg.Wait()
	for i, answer := range all {
		if failures[i] == nil {
			answers = append(answers, answer)
		}
	}
	return answers, failures
}
