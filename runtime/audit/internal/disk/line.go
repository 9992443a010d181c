// Package disk has what files of events need beside writing: durable names, and
// the end of a line that was cut short.
package disk

import "os"

// EndsInside reports whether the last line of a file, which is open for reading,
// has no end. If that can't be told it says so: a line break too many does no
// harm.
func EndsInside(file *os.File) bool {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return err != nil
	}
	var last [1]byte
	_, err = file.ReadAt(last[:], info.Size()-1)
	return err != nil || last[0] != '\n'
}
