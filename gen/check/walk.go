package check

import "github.com/secretsgen/secretsgen/gen/model"

// walk visits every group and every secret once, in order of declaration: element
// i of the path of s, which stands within a group that is spelled by Go names
// behind its root's, slash-joined. What is below a name that was refused has no
// place, and is not visited.
func (c *checker) walk(visit func(s *model.Secret, i int, within string)) {
	var before *model.Secret
	var within []string // of the elements of before's path
	for _, s := range c.pkg.Secrets {
		n := 0
		if before != nil {
			n = min(shared(before, s), len(within)-1)
		}
		if n == 0 {
			within = append(within[:0], s.Root.Name)
		}
		within = within[:n+1]
		for i := n; i < len(s.Path) && s.Path[i].Go != ""; i++ {
			visit(s, i, within[i])
			within = append(within, within[i]+"/"+s.Path[i].Go)
		}
		before = s
	}
}

// shared is how many groups at the start of two paths are the same places.
func shared(a, b *model.Secret) int {
	if a.Root != b.Root {
		return 0
	}
	n := 0
	for n < min(len(a.Path), len(b.Path))-1 && a.Path[n].Pos == b.Path[n].Pos && a.Path[n].Text == b.Path[n].Text {
		n++
	}
	return n
}

// owners are the secrets whose fields no secret before them has: those of one
// struct of the author's are shared, and judged once.
func owners(secrets []*model.Secret) []*model.Secret {
	seen := map[*model.Field]bool{}
	var all []*model.Secret
	for _, s := range secrets {
		if len(s.Fields) > 0 && !seen[&s.Fields[0]] {
			seen[&s.Fields[0]] = true
			all = append(all, s)
		}
	}
	return all
}
