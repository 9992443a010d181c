package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

// causes are the errors that a broker or the client tells apart, with what is
// said of each. The errors' own texts may hold addresses and names.
func causes() []struct {
	err  error
	text string
} {
	return []struct {
		err  error
		text string
	}{
		{kerr.UnknownTopicOrPartition, "the topic is not there: create it, with the name that " + settings.KafkaTopicPrefix + " begins, or let this user see it"},
		{kerr.TopicAuthorizationFailed, "this user may not write to the topic: let it write and describe"},
		{kerr.ClusterAuthorizationFailed, "this user may not write idempotently: let it, by IDEMPOTENT_WRITE on the cluster"},
		{kerr.SaslAuthenticationFailed, "it refuses the credentials of SASL"},
		{kerr.UnsupportedSaslMechanism, "it does not know the mechanism of " + settings.KafkaMechanism},
		{kerr.LeaderNotAvailable, "the topic has no leader yet"},
		{kerr.NotEnoughReplicas, "fewer replicas are in sync than the topic asks for"},
		{kerr.NotEnoughReplicasAfterAppend, "fewer replicas are in sync than the topic asks for"},
		{kgo.ErrAborting, "they acknowledge nothing in time; fewer replicas may be in sync than the topic asks for"},
		{kerr.MessageTooLarge, "they are larger than the topic's max.message.bytes"},
		{errNotLoopback, errNotLoopback.Error()},
		{errUnreadable, "the file of " + settings.KafkaPasswordFile + " can't be read"},
		{syscall.ECONNREFUSED, "it refuses connections"},
		{syscall.EHOSTUNREACH, "there is no route to it"},
		{syscall.ENETUNREACH, "there is no route to it"},
		{os.ErrDeadlineExceeded, "it does not answer in time"},
		{context.DeadlineExceeded, "it does not answer in time"},
		{io.EOF, ended},
		{syscall.ECONNRESET, ended},
	}
}

const ended = "it ends the connection: it may not expect what " + settings.KafkaSecurity + " says, or refuse the credentials"

// cause says in fixed words why something failed.
func cause(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return "its name is not known"
		}
		return "its name can't be looked up"
	}
	if isCertificate(err) {
		return "its certificate is not valid for it here, see " + settings.KafkaCAFile
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "it does not talk TLS, see " + settings.KafkaSecurity
	}
	if alert, ok := errors.AsType[*net.OpError](err); ok && alert.Op == "remote error" { // as package tls says it
		return "it refuses TLS as it is offered: it may want a client certificate, see " + settings.KafkaCertFile
	}
	for _, c := range causes() {
		if errors.Is(err, c.err) {
			return c.text
		}
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return "it does not answer in time"
	}
	return "it answers nothing that makes sense"
}

func isCertificate(err error) bool {
	_, verification := errors.AsType[*tls.CertificateVerificationError](err)
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, hostname := errors.AsType[x509.HostnameError](err)
	return verification || unknown || hostname
}
