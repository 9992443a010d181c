package kafka_test

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// namesAnother has a cluster name a broker at another address as its own.
func namesAnother(cluster *kfake.Cluster, host string, port int32) {
	cluster.ControlKey(int16(kmsg.Metadata), func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		answer := request.ResponseKind().(*kmsg.MetadataResponse)
		broker := kmsg.NewMetadataResponseBroker()
		broker.NodeID, broker.Host, broker.Port = 7, host, port
		answer.Brokers = append(answer.Brokers, broker)
		for _, asked := range request.(*kmsg.MetadataRequest).Topics {
			name := kmsg.NewMetadataResponseTopic()
			name.Topic = asked.Topic
			for id := range int32(3) {
				partition := kmsg.NewMetadataResponseTopicPartition()
				partition.Partition, partition.Leader = id, 7
				name.Partitions = append(name.Partitions, partition)
			}
			answer.Topics = append(answer.Topics, name)
		}
		return answer, nil, true
	})
}

func TestABrokerThatTheClusterNamesIsTriedToo(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	namesAnother(cluster, "127.0.0.1", 1)
	_, log := open(t, map[string]string{"KAFKA_BOOTSTRAP_SERVERS": servers(cluster)})
	log.await(t, "a broker that the cluster names itself can't be used, look at its advertised.listeners: it refuses connections")
}

func TestCredentialsInClearGoToNoMachineThatTheClusterNames(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "user", "canary"))
	namesAnother(cluster, "192.0.2.1", 9092)
	sink, log := open(t, sasl(map[string]string{
		"KAFKA_BOOTSTRAP_SERVERS": servers(cluster), "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_DELIVERY_TIMEOUT": "1s",
	}, "PLAIN", "user", "canary"))
	log.await(t, "the credentials of SASL go nowhere but to loopback without TLS")
	write(t, sink, numbered(0, 1), 1)
	if strings.Contains(log.String(), "canary") || strings.Contains(log.String(), "192.0.2") {
		t.Errorf("the log says %s", log.String())
	}
}
