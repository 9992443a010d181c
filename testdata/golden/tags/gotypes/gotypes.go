// Package gotypes declares in struct tags what yaml/gotypes declares in YAML.
package gotypes

import (
	"encoding/json"
	"errors"
)

// Level reads itself from text.
type Level int

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Level) UnmarshalText(text []byte) error {
	switch string(text) {
	case "low":
		*l = 1
	case "high":
		*l = 2
	default:
		return errors.New("the text is " + string(text)) // which must reach nobody
	}
	return nil
}

// Limits reads itself from JSON.
type Limits struct{ Low, High int }

// UnmarshalJSON implements json.Unmarshaler.
func (l *Limits) UnmarshalJSON(text []byte) error {
	var pair [2]int
	err := json.Unmarshal(text, &pair)
	l.Low, l.High = pair[0], pair[1]
	return err
}

// Settings is what JSON is decoded into.
type Settings struct {
	Name  string `json:"name"`
	Debug bool   `json:"debug"`
}
