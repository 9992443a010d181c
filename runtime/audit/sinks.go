package audit

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"

	"github.com/secretsgen/secretsgen/runtime/settings"
)

// Builtin are the sinks that every program has: slog and jsonl.
func Builtin() []Factory {
	return []Factory{
		{Name: "slog", Open: openSlog},
		{Name: "jsonl", Open: func(_ context.Context, _ Instance, path string) (Sink, error) { return JSONLines(path) }},
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

// JSONLines returns a sink that appends each event to the file at path, one
// JSON object a line, in one write. The file is made if it is not there, for
// this user alone. An error names the setting and not the path.
func JSONLines(path string) (Sink, error) {
	if path == "" {
		return nil, problem("jsonl has no file: write jsonl:PATH")
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, problem("the file of jsonl can't be opened for appending: make its folder, or give this process the right to write there")
	}
	return &jsonLines{file: file}, nil
}

type jsonLines struct{ file *os.File }

// Write implements [Sink].
func (s *jsonLines) Write(_ context.Context, e *Event) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = s.file.Write(append(line, '\n'))
	return err
}

// Close implements [Sink].
func (s *jsonLines) Close(context.Context) error { return s.file.Close() }
