package readtags

// A size is what a group of declarations comes to where it is laid out: a few
// named groups that hold each other twice make billions of secrets.
type size struct {
	secrets int
	names   int // in the paths of the secrets, of groups, and of anonymous documents' fields
}

// sizeOf returns the size of a struct, in time linear in the structs. It counts no
// further than somewhat above maxNodes. What contains itself counts once.
func (r *reader) sizeOf(in *structure) size {
	if known, read := r.sizes[in.typ]; read {
		return known
	}
	r.sizes[in.typ] = size{}
	var total size
	for _, m := range r.membersOf(in) {
		part := size{secrets: 1}
		if m.group != nil {
			part = r.sizeOf(m.group)
		} else if m.secret.Type.Go == nil {
			part.names = len(m.secret.Fields) // those of a struct with a name are read into it, once
		}
		if m.name.Text != "" {
			part.names += part.secrets // each has this name in its path
		}
		total.secrets = min(total.secrets+part.secrets, maxNodes+1)
		total.names = min(total.names+part.names+1, maxNodes+1)
	}
	r.sizes[in.typ] = total
	return total
}
