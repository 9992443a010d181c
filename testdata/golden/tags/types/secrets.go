// Package types declares in struct tags what yaml/types declares in YAML.
package types

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/url"
	"time"
)

type secrets struct {
	Text           string              `secret:"openbao+kv2://secret/types#text"`
	Raw            []byte              `secret:"openbao+kv2://secret/types#raw"`
	Standard       []byte              `secret:"openbao+kv2://secret/types#standard" secretopt:"encoding=base64"`
	URLSafe        []byte              `secret:"openbao+kv2://secret/types#url_safe" secretopt:"encoding=base64url"`
	Digits         []byte              `secret:"openbao+kv2://secret/types#digits" secretopt:"encoding=hex"`
	Attempts       int                 `secret:"openbao+kv2://secret/types#attempts"`
	Quota          uint                `secret:"openbao+kv2://secret/types#quota"`
	Ratio          float64             `secret:"openbao+kv2://secret/types#ratio"`
	Enabled        bool                `secret:"openbao+kv2://secret/types#enabled"`
	Timeout        time.Duration       `secret:"openbao+kv2://secret/types#timeout"`
	Expires        time.Time           `secret:"openbao+kv2://secret/types#expires"`
	Endpoint       url.URL             `secret:"openbao+kv2://secret/types#endpoint"`
	ServiceAccount json.RawMessage     `secret:"openbao+kv2://secret/types#service_account"`
	Labels         map[string]string   `secret:"openbao+kv2://secret/types#labels"`
	Chain          []*x509.Certificate `secret:"openbao+kv2://secret/types#chain"`
	Signer         crypto.Signer       `secret:"openbao+kv2://secret/types#signer"`
	Listener       tls.Certificate     `secret:"openbao+kv2://kv/listener"`
	Client         tls.Certificate     `secret:"openbao+kv2://kv/client" secretopt:"certificate=client.pem,private_key=client.key"`
	Whole          json.RawMessage     `secret:"openbao+kv2://secret/types"`
}
