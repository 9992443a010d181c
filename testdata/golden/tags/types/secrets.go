// Package types declares in struct tags what yaml/types declares in YAML.
package types

import (
	stdjson "encoding/json"
	"time"
)

type secrets struct {
	Text           string             `secret:"openbao+kv2://secret/types#text"`
	Raw            []byte             `secret:"openbao+kv2://secret/types#raw"`
	Standard       []byte             `secret:"openbao+kv2://secret/types#standard" secretopt:"encoding=base64"`
	URLSafe        []byte             `secret:"openbao+kv2://secret/types#url_safe" secretopt:"encoding=base64url"`
	Digits         []byte             `secret:"openbao+kv2://secret/types#digits" secretopt:"encoding=hex"`
	Attempts       int                `secret:"openbao+kv2://secret/types#attempts"`
	Enabled        bool               `secret:"openbao+kv2://secret/types#enabled"`
	Timeout        time.Duration      `secret:"openbao+kv2://secret/types#timeout"`
	ServiceAccount stdjson.RawMessage `secret:"openbao+kv2://secret/types#service_account"`
	Whole          stdjson.RawMessage `secret:"openbao+kv2://secret/types"`
}
