// Package readback has what the tests of golden cases share: a case that is
// declared in YAML and in struct tags is read back the same in both forms.
package readback
