package spool

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"os"
	"strconv"
	"strings"
)

const (
	header    = "secretsgen audit spool 1\n"
	extension = ".spool"
	damaged   = ".damaged" // after the name of a segment that is kept

	maxRecord = 256 << 10 // bytes of a record
	sumLength = 8         // hexadecimal digits
	overhead  = sumLength + 2
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// segment is one file. Its fields are guarded by the spool.
type segment struct {
	id      uint64
	size    int64 // what is committed; the file may be longer
	records int64
	sealed  bool // nothing is appended any more
	damaged bool // holds unreadable records in its midst
}

func segmentName(id uint64) string { return fmt.Sprintf("%016d%s", id, extension) }

// segmentID is the number of a segment's file, if name is one.
func segmentID(name string) (id uint64, ok bool) {
	digits, ok := strings.CutSuffix(name, extension)
	if !ok || len(digits) != 16 {
		return 0, false
	}
	id, err := strconv.ParseUint(digits, 10, 64)
	return id, err == nil && id > 0
}

// appendFrame appends a record, which holds no line break, as a line.
func appendFrame(to, record []byte) []byte {
	to = fmt.Appendf(to, "%08x ", crc32.Checksum(record, castagnoli))
	to = append(to, record...)
	return append(to, '\n')
}

// unframe is the record of a line without its end, if it is whole.
func unframe(line []byte) (record []byte, ok bool) {
	if len(line) < sumLength+1 || line[sumLength] != ' ' {
		return nil, false
	}
	sum, err := strconv.ParseUint(string(line[:sumLength]), 16, 32)
	record = line[sumLength+1:]
	return record, err == nil && uint32(sum) == crc32.Checksum(record, castagnoli)
}

// contents is what a look through a segment's file finds.
type contents struct {
	end     int64 // after the last whole record
	records int64
	damaged int  // unreadable records before it
	torn    bool // something unreadable after it
	known   bool // the header and every record are of a version that is known
}

// look reads a segment's file. Visit is called for each whole record with the
// offset at which it ends, and says whether it knows the record's version.
func look(path string, visit func(record []byte, end int64) bool) (contents, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return contents{}, err
	}
	// A header that is cut short is that of a segment that was never used.
	if len(text) < len(header) && strings.HasPrefix(header, string(text)) {
		return contents{known: true, torn: len(text) > 0}, nil
	}
	if !bytes.HasPrefix(text, []byte(header)) {
		return contents{known: len(bytes.Trim(text, "\x00")) == 0, torn: true}, nil
	}
	c := contents{end: int64(len(header)), known: true}
	unreadable := 0
	for at := len(header); at < len(text); {
		n := bytes.IndexByte(text[at:], '\n')
		if n < 0 {
			unreadable++
			break
		}
		record, ok := unframe(text[at : at+n])
		at += n + 1
		if !ok {
			unreadable++
			continue
		}
		c.damaged, unreadable = c.damaged+unreadable, 0
		c.end, c.records = int64(at), c.records+1
		c.known = visit(record, c.end) && c.known
	}
	c.torn = unreadable > 0
	return c, nil
}
