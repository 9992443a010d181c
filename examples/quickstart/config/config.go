// Package config declares the secrets of the quickstart, in secrets.yaml.
package config

//go:generate go tool secretsgen generate
