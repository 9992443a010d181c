/*
 * The protocol of grants, uses, revocations and claims between processes and the
 * store that they share, as docs/protocol.md tells it. "make model" checks it,
 * and that each of the faults below, which a name on the command line brings in, is
 * found: a model that finds nothing wrong with those would say nothing.
 *
 *   NONATOMIC  a use is read and written in two steps
 *   RETRY      an addition whose answer was lost is sent again
 *   NOEPOCH    a new connection does not ask which server it is
 *   NOWINDOW   a store that lost its memory takes claims at once
 *   LATE       a grant carries the number of revocations at its addition, and not
 *              that before the PDP was asked
 *   UNCHECKED  the first use of a grant is dealt without a look at revocations
 *
 * One bucket is modeled, since buckets share nothing: a revocation that concerns
 * many returns when it is done in each. Scripts are atomic steps. A connection ends
 * with its server. Time passes in ticks, and it is the server's.
 */

#define CLIENTS   2
#define DECISIONS 3 /* that the PDP takes in all */
#define USES      2 /* of one grant */
#define READS     2 /* of one client */
#define LIFE      2 /* of a claim, in ticks */
#define LAST      6 /* tick */
#define NOBODY    9
#define REVOKER   CLIENTS
#define CLAIMANT  (CLIENTS + 1) /* and the one after it */
#define PEERS     (CLIENTS + 3)

typedef Grant {
	byte left;
	byte epoch;
	byte generation;
	bool there
}

/* What a store remembers, and what it has saved. */
typedef Memory {
	byte server; /* id of the server that wrote it; 0: there is no memory */
	byte epoch;
	byte count;
	byte revoked;
	byte since;
	byte owner; /* of the one id that there is to claim */
	byte until;
	Grant grant[DECISIONS]
}

Memory m, saved;
byte server = 1, epochs, tick;
bool greeted[PEERS]; /* the connection is to this server, and has asked who it is */

/* What is true, whatever the store remembers. */
byte decided, used[DECISIONS];
bool dead[DECISIONS]; /* Revoke has returned since the PDP was asked */
byte accepted = NOBODY, acceptedUntil;

inline begin() {
	epochs++;
	m.server = server;
	m.epoch = epochs;
	m.count = 0;
	m.revoked = 0;
	m.since = tick
}

inline hello(peer) {
	if
#ifndef NOEPOCH
	:: m.server != server -> begin()
#endif
	:: else
	fi;
	greeted[peer] = true
}

inline prelude() {
	if
	:: m.server == 0 -> begin()
	:: else
	fi
}

inline take(g) {
	used[g]++;
	assert(used[g] <= USES); /* no grant has more uses than it says */
	assert(!dead[g])         /* and none after Revoke has returned */
}

#define alive(g) (m.grant[g].there && m.grant[g].left > 0 && \
	m.grant[g].epoch == m.epoch && m.grant[g].generation >= m.revoked)

inline addUses(g, n, e, number) {
	if
	:: e != m.epoch || number < m.revoked
	:: else ->
		if
		:: m.grant[g].there && m.grant[g].epoch == m.epoch -> m.grant[g].left = m.grant[g].left + n
		:: else ->
			m.grant[g].there = true;
			m.grant[g].left = n;
			m.grant[g].epoch = e;
			m.grant[g].generation = number
		fi
	fi
}

proctype client(byte c) {
	byte reads, g, mine, e, number;
	bool served;

	do
	:: reads < READS ->
		reads++;
		served = false;

		/* Use: a use of a live grant, or the number for one that is asked for now. */
		do
		:: atomic { !greeted[c] -> hello(c) }
		:: atomic { greeted[c] ->
			prelude();
			e = m.epoch;
			number = m.count;
			g = 0;
			do
			:: g < DECISIONS && !alive(g) -> g++
			:: else -> break
			od;
			if
			:: g < DECISIONS ->
				served = true;
#ifdef NONATOMIC
				mine = m.grant[g].left
#else
				m.grant[g].left--;
				take(g)
#endif
			:: else
			fi;
			break }
		od;
#ifdef NONATOMIC
		if
		:: served -> atomic {
			m.grant[g].left = mine - 1;
			take(g) }
		:: else
		fi;
#endif
		if
		:: served -> goto next
		:: else
		fi;

		/* The PDP is asked, and permits. */
		atomic {
			if
			:: decided < DECISIONS ->
				mine = decided;
				decided++
			:: else -> break
			fi
		}

		/* Add: all uses but the first. */
		do
		:: atomic { !greeted[c] -> hello(c) }
		:: atomic { greeted[c] ->
			prelude();
#ifdef LATE
			e = m.epoch;
			number = m.count;
#endif
			addUses(mine, USES - 1, e, number);
			break }
		od;
#ifdef RETRY
		if
		:: atomic { greeted[c] ->
			prelude();
			addUses(mine, USES - 1, e, number) }
		:: true
		fi;
#endif

		/* Revoked: the first use is dealt, or given back if its caller has gone. */
		do
		:: atomic { !greeted[c] -> hello(c) }
		:: atomic { greeted[c] ->
			prelude();
#ifndef UNCHECKED
			if
			:: e == m.epoch && number >= m.revoked ->
#endif
				if
				:: take(mine)
				:: addUses(mine, 1, e, number)
				fi;
#ifndef UNCHECKED
			:: else
			fi;
#endif
			break }
		od;
next:
		skip
	:: else -> break
	od
}

proctype revoker() {
	byte g;

	do
	:: atomic { !greeted[REVOKER] -> hello(REVOKER) }
	:: atomic { greeted[REVOKER] ->
		prelude();
		m.count++;
		m.revoked = m.count;
		g = 0;
		do
		:: g < decided ->
			dead[g] = true;
			g++
		:: else -> break
		od;
		break }
	od
}

/* Each claimant is one request that shows the same id, and shows it twice. */
proctype claimant(byte c) {
	byte tries;

	do
	:: tries < 2 ->
		do
		:: atomic { !greeted[c] -> hello(c) }
		:: atomic { greeted[c] ->
			prelude();
			if
#ifndef NOWINDOW
			:: tick < m.since + LIFE /* it may have been forgotten: refused */
#endif
			:: else ->
				if
				:: m.owner == NOBODY || m.until <= tick ->
					m.owner = c;
					m.until = tick + LIFE;
					/* one owner for as long as a claim lives */
					assert(accepted == NOBODY || accepted == c || acceptedUntil <= tick);
					accepted = c;
					acceptedUntil = tick + LIFE
				:: else
				fi
			fi;
			break }
		od;
		tries++
	:: else -> break
	od
}

inline copy(to, from) {
	to.server = from.server;
	to.epoch = from.epoch;
	to.count = from.count;
	to.revoked = from.revoked;
	to.since = from.since;
	to.owner = from.owner;
	to.until = from.until;
	i = 0;
	do
	:: i < DECISIONS ->
		to.grant[i].left = from.grant[i].left;
		to.grant[i].epoch = from.grant[i].epoch;
		to.grant[i].generation = from.grant[i].generation;
		to.grant[i].there = from.grant[i].there;
		i++
	:: else -> break
	od;
	i = 0
}

/* What befalls the store: it is saved, started again with what was saved, which is
 * nothing at first, and flushed. */
proctype fate() {
	byte i;
	bool restarted, flushed, done;

	do
	:: atomic { !done && m.server != 0 ->
		done = true;
		copy(saved, m) }
	:: atomic { !restarted ->
		restarted = true;
		server++;
		copy(m, saved);
		do
		:: i < PEERS ->
			greeted[i] = false;
			i++
		:: else -> break
		od;
		i = 0 }
	:: atomic { !flushed ->
		flushed = true;
		m.server = 0;
		m.owner = NOBODY;
		do
		:: i < DECISIONS ->
			m.grant[i].there = false;
			i++
		:: else -> break
		od;
		i = 0 }
	:: break
	od
}

proctype clock() {
	do
	:: atomic { tick < LAST -> tick++ }
	:: else -> break
	od
}

init {
	byte i;

	atomic {
		m.owner = NOBODY;
		saved.owner = NOBODY;
#ifndef CLAIMS /* or GRANTS: grants and claims share nothing but epochs, and are checked apart */
		do
		:: i < CLIENTS ->
			run client(i);
			i++
		:: else -> break
		od;
		run revoker();
#else
		run claimant(CLAIMANT);
		run claimant(CLAIMANT + 1);
		run clock();
#endif
		run fate()
	}
}
