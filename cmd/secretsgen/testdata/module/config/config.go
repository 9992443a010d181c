// Package config declares its secrets in secrets.yaml.
package config

//go:generate go tool secretsgen generate
