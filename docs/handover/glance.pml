/*
 * One epoch whose home is the Glance of an OpenStack. README.md says how to read it and what it proves; bin/lib/model
 * runs it.
 *
 * The source freezes the guest: nova-compute for a save, or with MOVE a tresccad host that moves it into the cloud. Two
 * claimants may restore the package, each again and again: nova-compute, or with INBOX the second is a tresccad host
 * that fetches it. The register is in Glance: a record per attempt, written once (tresccad_openstack.compute.handover;
 * migration.MoveToCloud and ForeignRegister).
 *
 * Every d_step is one durable write, one request that Glance carries out, one order to the hypervisor, or one stroke of
 * fate.
 */

#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef REFUSALS
#define REFUSALS 1 /* of a hypervisor, to let a guest run whose claim stands */
#endif
#ifdef MOVE
#define IS_MOVE 1
#else
#define IS_MOVE 0
#endif
#ifdef INBOX
#define KEEPS(c) ((c) == 1) /* its claim is for ever; it tries again until the guest runs */
#else
#define KEEPS(c) 0
#endif

#define CLAIMANTS 2
#define TRIES 2
#define SOURCE CLAIMANTS /* as the host of a domain */
#define ATTEMPTS (CLAIMANTS * TRIES + 1)

/* What a record says: nothing, for there is none; that the source has it back; or who has it. */
#define NONE 0
#define WITHDRAWN 1
#define CLAIM 2
#define VALUES (CLAIM + CLAIMANTS * TRIES)
/* nova-compute claims anew each time that it restores, a host in the same name. */
#define CLAIM_OF(c) (CLAIM + (c) * TRIES + (KEEPS(c) -> 0 : tries[c] - 1))

#define NO_DOMAIN 0
#define PAUSED 1
#define RUNNING 2

/* The source: its row, or its ticket and the server's state. */
#define RUNS 0
#define FROZEN 1
#define CLAIMED 2 /* only a move: somebody has it, and the guest stands until that one says that it runs */
#define LEFT 3
#define BACK 4

/* A claimant: its arrival, or its ticket and the server. */
#define NO_ROW 0
#define PREPARED 1
#define TICKET 2  /* written down for whom it claims, before it does */
#define STARTED 3 /* written down that CPUs may run, before they do */
#define HERE 4
#define GIVING 5 /* nothing of it is left but the ticket: the register is still to be told */

/* Glance: durable. */
byte verdict[ATTEMPTS + 1];
bit saysRunning[ATTEMPTS + 1];
bit saysReturned[ATTEMPTS + 1];
bit complete; /* the package */
/* Requests to write a record that were sent: the attempt and one; each is carried out at any time later, or never. */
byte posted[VALUES];
bit uploaded;

/* Durable, at the source. */
byte source = RUNS;
bit asked; /* it may have asked for the withdrawal */
/* Durable, at each claimant. */
byte row[CLAIMANTS];
byte tries[CLAIMANTS];
bit suspended[CLAIMANTS]; /* its memory is kept, and its owner may resume it */
/* The hypervisor's. */
byte domain[CLAIMANTS + 1];
/* Volatile: the threads. */
bit sends;
bit works[CLAIMANTS];

/* Fate. */
bit peace;
byte crashes = CRASHES;
byte refusals = REFUSALS;

/* What only an observer knows. */
bit hasRun;    /* somebody ran the package */
bit powerLost; /* a guest's memory died with a host, as that of any running guest */

/* The attempt that counts is the first that was not returned. */
#define R(a) saysReturned[a]
#define ATTEMPT (!R(0) -> 0 : (!R(1) -> 1 : (!R(2) -> 2 : (!R(3) -> 3 : (!R(4) -> 4 : ATTEMPTS)))))
#define STANDS verdict[ATTEMPT]
#define IS_CLAIMED (STANDS >= CLAIM)
#define SAYS_RUNNING (IS_CLAIMED && saysRunning[ATTEMPT])
#define HAS_RETURNED(v) \
  ((R(0) && verdict[0] == (v)) || (R(1) && verdict[1] == (v)) || (R(2) && verdict[2] == (v)) || (R(3) && verdict[3] == (v)))

/* ---- Rules that bin/lib/model breaks, one at a time, to see that it would notice. ---- */

#ifdef BROKEN_LEAVES_ALTHOUGH_IT_ASKED
#define MAY_LEAVE 1
#else
#define MAY_LEAVE (!asked)
#endif
#ifdef BROKEN_CLAIMS_WITHOUT_TICKET
#define MAY_CLAIM(c) (row[c] == PREPARED || row[c] == TICKET)
#else
#define MAY_CLAIM(c) (row[c] == TICKET)
#endif
#ifdef BROKEN_STARTED_NOT_WRITTEN
#define MAY_RUN(c) (row[c] == TICKET && STANDS == CLAIM_OF(c))
#else
#define MAY_RUN(c) (row[c] == STARTED)
#endif
#ifdef BROKEN_FORGETS_A_CLAIM_THAT_IS_NOT_THERE
#define CLAIMS_TO_RETURN 0
#else
#define CLAIMS_TO_RETURN 1
#endif

inline runs(h) {
  /* the package is run once */
  assert(!hasRun);
  domain[h] = RUNNING;
  /* never two */
  assert((domain[0] == RUNNING) + (domain[1] == RUNNING) + (domain[2] == RUNNING) == 1);
  hasRun = (h != SOURCE)
}

/* Asks Glance for a record of the attempt that counts. */
#define POSTS(v) STANDS == NONE && posted[v] != ATTEMPT + 1 -> posted[v] = ATTEMPT + 1

proctype Source() {
end:
  do
  :: d_step { source == RUNS && domain[SOURCE] == RUNNING && !peace ->
      source = FROZEN; domain[SOURCE] = PAUSED; sends = 1 }
  :: d_step { source == FROZEN && sends && !uploaded -> uploaded = 1 }
  /* Whatever failed, was cancelled, took too long, or died. A move does not wait for ever for somebody to claim. */
  :: d_step { source == FROZEN && sends && (!peace || (IS_MOVE && complete)) -> sends = 0 }
  /* A save is done when the package is there: from then on that is the instance. */
  :: d_step { !IS_MOVE && source == FROZEN && complete && MAY_LEAVE -> source = LEFT; domain[SOURCE] = NO_DOMAIN }
  :: d_step { source == FROZEN && !sends && (IS_MOVE || !complete) -> asked = 1 }
  :: d_step { source == FROZEN && asked && POSTS(WITHDRAWN) }
  :: d_step { source == FROZEN && asked && STANDS == WITHDRAWN -> source = BACK }
#ifdef BROKEN_RESUMES_UNASKED
  :: d_step { source == FROZEN && !sends && !peace -> source = BACK }
#endif
  /* TakeBack.end: who could not be asked any more may have run it. */
  :: d_step { !IS_MOVE && source == FROZEN && asked && SAYS_RUNNING -> source = LEFT; domain[SOURCE] = NO_DOMAIN }
  /* MoveToCloud */
  :: d_step { IS_MOVE && source == FROZEN && IS_CLAIMED -> source = CLAIMED; sends = 0 }
  :: d_step { source == CLAIMED && SAYS_RUNNING -> source = LEFT; domain[SOURCE] = NO_DOMAIN }
  :: d_step { source == CLAIMED && POSTS(WITHDRAWN) }
  :: d_step { source == CLAIMED && STANDS == WITHDRAWN -> source = BACK }
  /* Its memory file is kept until it has left. */
  :: d_step { source == BACK && domain[SOURCE] == NO_DOMAIN && !powerLost -> domain[SOURCE] = PAUSED }
  :: d_step { source == BACK && domain[SOURCE] == PAUSED -> runs(SOURCE) }
  /* The power fails. */
  :: d_step { !peace && crashes > 0 && domain[SOURCE] != NO_DOMAIN ->
      crashes--;
      sends = 0;
      powerLost = (powerLost || domain[SOURCE] == RUNNING);
      domain[SOURCE] = NO_DOMAIN }
  od
}

proctype Claimant(byte me) {
end:
  do
  :: d_step { complete && row[me] == NO_ROW && !suspended[me] && domain[me] == NO_DOMAIN &&
      ((!peace && tries[me] < TRIES) || (KEEPS(me) && tries[me] > 0 && STANDS == CLAIM_OF(me))) ->
      row[me] = PREPARED;
      tries[me] = (tries[me] < TRIES -> tries[me] + 1 : tries[me]);
      works[me] = 1;
      domain[me] = PAUSED }
#ifdef BROKEN_RUNS_UNCLAIMED
  :: d_step { row[me] == PREPARED && works[me] && domain[me] == PAUSED && !peace -> runs(me) }
#endif
  :: d_step { row[me] == PREPARED && works[me] -> row[me] = TICKET }
  /* Restores fail in many ways, and their callers stop waiting. */
  :: d_step { row[me] == PREPARED && (!works[me] || !peace) -> domain[me] = NO_DOMAIN; row[me] = NO_ROW; works[me] = 0 }
  :: d_step { MAY_CLAIM(me) && works[me] && POSTS(CLAIM_OF(me)) }
  :: d_step { row[me] == TICKET && works[me] && STANDS == CLAIM_OF(me) && domain[me] == PAUSED -> row[me] = STARTED }
  :: d_step { row[me] == TICKET && (!works[me] || !peace || (STANDS != NONE && STANDS != CLAIM_OF(me))) ->
      domain[me] = NO_DOMAIN;
      row[me] = (KEEPS(me) -> NO_ROW : GIVING);
      works[me] = 0 }
  :: d_step { MAY_RUN(me) && domain[me] == PAUSED -> runs(me) }
  :: d_step { row[me] == STARTED && works[me] && domain[me] == PAUSED && refusals > 0 && !peace ->
      refusals--;
      domain[me] = NO_DOMAIN;
      works[me] = 0;
      if
      :: KEEPS(me) -> suspended[me] = 1; row[me] = HERE
      :: else -> row[me] = GIVING
      fi }
  :: d_step { row[me] == STARTED && (domain[me] == RUNNING || (domain[me] == NO_DOMAIN && !works[me])) ->
      row[me] = HERE; works[me] = 0 }
  :: d_step { row[me] == HERE && STANDS == CLAIM_OF(me) && !saysRunning[ATTEMPT] -> saysRunning[ATTEMPT] = 1 }
  /*
   * settle.tell: a claim whose answer was lost may have been written, or may be still. So it is claimed once more, and
   * then returned; the answer to that may be lost, too.
   */
  :: d_step { row[me] == GIVING && CLAIMS_TO_RETURN && !HAS_RETURNED(CLAIM_OF(me)) && POSTS(CLAIM_OF(me)) }
  :: d_step { row[me] == GIVING && STANDS == CLAIM_OF(me) -> saysReturned[ATTEMPT] = 1 }
  :: d_step { row[me] == GIVING &&
      (HAS_RETURNED(CLAIM_OF(me)) || (STANDS != CLAIM_OF(me) && (STANDS != NONE || !CLAIMS_TO_RETURN))) ->
      row[me] = NO_ROW }
  /* The daemon dies; the power fails. */
  :: d_step { !peace && crashes > 0 && works[me] -> crashes--; works[me] = 0 }
  :: d_step { !peace && crashes > 0 && domain[me] != NO_DOMAIN ->
      crashes--;
      works[me] = 0;
      powerLost = (powerLost || row[me] == STARTED || row[me] == HERE);
      domain[me] = NO_DOMAIN }
  od
}

#define CARRIES_OUT(v) \
  :: d_step { posted[v] != 0 && verdict[posted[v] - 1] == NONE -> verdict[posted[v] - 1] = (v) } \
  :: d_step { posted[v] != 0 && verdict[posted[v] - 1] == NONE && !peace -> posted[v] = 0 }

proctype Glance() {
end:
  do
  CARRIES_OUT(WITHDRAWN)
  CARRIES_OUT(CLAIM)
  CARRIES_OUT(CLAIM + 1)
  CARRIES_OUT(CLAIM + 2)
  CARRIES_OUT(CLAIM + 3)
  /* Long after its source has stopped waiting, perhaps. */
  :: d_step { uploaded && !complete -> complete = 1 }
  :: d_step { uploaded && !complete && !sends && !peace -> uploaded = 0 }
  od
}

/* ---- What must have become of it when nothing is left to be done. ---- */

#define HAS(c) (row[c] == HERE && (domain[c] == RUNNING || suspended[c] || powerLost))
#define HAS_NOTHING(c) (row[c] == NO_ROW && domain[c] == NO_DOMAIN)
#define SOURCE_HAS ((source == RUNS || source == BACK) && (domain[SOURCE] == RUNNING || powerLost))
#define SOURCE_HAS_NOTHING (source == LEFT && domain[SOURCE] == NO_DOMAIN)
#define ONE_HAS_IT \
  ((SOURCE_HAS && HAS_NOTHING(0) && HAS_NOTHING(1)) || (SOURCE_HAS_NOTHING && HAS(0) && HAS_NOTHING(1)) \
    || (SOURCE_HAS_NOTHING && HAS_NOTHING(0) && HAS(1)))
/* Whoever restores it next may run it. */
#define IS_PACKED (SOURCE_HAS_NOTHING && complete && STANDS == NONE && HAS_NOTHING(0) && HAS_NOTHING(1))

proctype Judge() {
end:
  timeout -> assert(ONE_HAS_IT || IS_PACKED) /* never none */
}

proctype Fate() {
  peace = 1
}

init {
  atomic {
    domain[SOURCE] = RUNNING;
    run Source();
    run Claimant(0);
    run Claimant(1);
    run Glance();
    run Fate();
#ifndef NO_JUDGE
    run Judge()
#endif
  }
}
