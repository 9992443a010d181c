package audit

import (
	"context"
	"log/slog"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

// Builtin are the sinks that every program has: slog and jsonl.
func Builtin() []Factory {
	return []Factory{
		{Name: "slog", Open: openSlog},
		JSONLinesFactory(nil),
	}
}

func openSlog(_ context.Context, in Instance, argument string) (Sink, error) {
	if argument != "" {
		return nil, problem("slog takes nothing after a colon: it writes to the program's logger")
	}
	return Slog(in.Logger), nil
}

func problem(detail string) error {
	return settings.NewError([]settings.Problem{{Name: "SECRETS_AUDIT", Detail: detail}})
}

// Slog returns a sink that logs each event under the message "secrets audit",
// with the event's time and its JSON names as keys: permits as information,
// everything else as a warning. A handler that leaves out a level leaves out
// its events; one that fails to write is a failed write of the trail.
func Slog(logger *slog.Logger) Sink { return slogSink{logger.Handler()} }

type slogSink struct{ handler slog.Handler }

// Write implements [Sink].
func (s slogSink) Write(ctx context.Context, e *Event) error {
	level := slog.LevelInfo
	if e.Effect != Allow {
		level = slog.LevelWarn
	}
	if !s.handler.Enabled(ctx, level) {
		return nil
	}
	record := slog.NewRecord(e.Time, level, "secrets audit", 0)
	record.AddAttrs(e.attrs()...)
	return s.handler.Handle(ctx, record)
}

// Close implements [Sink].
func (slogSink) Close(context.Context) error { return nil }
