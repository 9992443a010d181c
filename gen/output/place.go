package output

import (
	"os"
	"path/filepath"
)

// place is a folder and the module that it belongs to.
type place struct {
	module string // absolute
	below  string // the folder, relative to module
}

// placeIn finds the module of a folder as the go command does: by the nearest
// go.mod upwards.
func placeIn(dir string) (place, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return place{}, err
	}
	for top := dir; ; top = filepath.Dir(top) {
		info, err := os.Stat(filepath.Join(top, "go.mod"))
		if err == nil && info.Mode().IsRegular() {
			below, err := filepath.Rel(top, dir)
			return place{module: top, below: below}, err
		}
		if filepath.Dir(top) == top {
			return place{}, ErrNoModule
		}
	}
}

// file is the path of a file in the folder, relative to the module.
func (p place) file(name string) string { return filepath.Join(p.below, name) }
