// Package shop declares secrets on three servers, for the tests.
package shop

//go:generate go run github.com/secretsgen/secretsgen/cmd/secretsgen generate
