package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
)

// callPayments sends the token to a payments API in this process, which answers
// with a fingerprint of the token it saw.
func callPayments(ctx context.Context, token string) string {
	api := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		fmt.Fprintf(w, "paid, with a token of fingerprint %.6x", sha256.Sum256([]byte(bearer))) //nolint:gosec // hexadecimal digits
	})
	request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/payments", nil)
	request.Header.Set("Authorization", "Bearer "+token)
	answer := httptest.NewRecorder()
	api.ServeHTTP(answer, request)
	return answer.Body.String()
}
