package exchange

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[REDACTED]"

// Format hides the request from every verb of package fmt.
func (Request) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the request from package log/slog.
func (Request) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the request from encoders.
func (Request) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Format hides the answer from every verb of package fmt.
func (Answer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the answer from package log/slog.
func (Answer) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the answer from encoders.
func (Answer) MarshalText() ([]byte, error) { return []byte(redacted), nil }
