// Package spool keeps records on disk, in the order in which they came, until
// every reader has acknowledged them.
//
// [Spool.Append] hands a record over; once the [Batch] that it returns is done
// without an error, the record survives the process and the machine. Whoever
// appends while the disk is busy shares the next write and fsync with all the
// others that do.
//
// The folder holds segments, files of at most some megabytes that are only
// appended to:
//
//	secretsgen audit spool 1
//	5d2c81e0 {"v":1,…}
//
// a first line with the version of this format, then a record a line, with its
// CRC-32C in front. A segment whose every record is acknowledged by every reader
// is removed. How far readers are is kept in the file progress; it may lag, so
// that a restart hands out some records again, and never leads.
//
// A process that dies while it writes leaves a torn last record: nobody was told
// that it is safe, and what stands before it is read. A segment with an
// unreadable record in its midst is read around that record and kept, under
// another name. One process uses a folder at a time.
package spool
