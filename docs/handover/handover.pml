/*
 * The handover of one lineage between three hosts, as the code does it. README.md says how to read it and what it
 * proves; bin/lib/model makes states.h from states.tsv and runs it.
 *
 * Every d_step is one durable transaction, one order to the hypervisor, or one stroke of fate. Between any two of them
 * any host may die. Class names say whose step it is.
 */
#include "states.h"

/* How often fate may strike; bin/lib/model sets them. */
#ifndef EPOCHS
#define EPOCHS 3 /* the highest epoch that a freeze may open */
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef WIPES
#define WIPES 0
#endif
#ifndef COPIES
#define COPIES 0 /* restores that somebody asks for of a package that lies around */
#endif
#ifndef REFUSALS
#define REFUSALS 1 /* of a hypervisor, to make a guest from its memory file */
#endif
#ifndef SAVES
#define SAVES 0
#endif
#ifndef DELETES
#define DELETES 0
#endif

#ifndef RECLAIMS
#define RECLAIMS 0 /* whether an owner may give up the host that an instance waits for; once */
#endif

#define HOSTS 3
#define SLOTS (EPOCHS + 3) /* epochs from 0; a guest that is given back opens one more, and one is never reached */
#define AT(h, e) ((h) * SLOTS + (e))
#define NOBODY HOSTS

/* What an instance's row says: its task. */
#define NO_ROW 0
#define IDLE 1
#define MIGRATING 2
#define SAVING 3
#define ARRIVING 4
#define SHUT_AWAY 5 /* in quarantine: reclaimed elsewhere */

#define NO_DOMAIN 0
#define PAUSED 1
#define RUNNING 2

/* A claimant stands for a host until that is wiped: then it is another. A claim is a verdict that names one. */
#define CLAIM 10
#define CLAIMANT(h) (CLAIM + (h) + HOSTS * wiped[h])

/* Durable, on each host. */
byte row[HOSTS];
byte at[HOSTS]; /* the instance's epoch */
bit mem[HOSTS]; /* a complete memory file that was not used */
byte highest[HOSTS];
byte arrival[HOSTS * SLOTS];
bit pushed[HOSTS * SLOTS];
/* Durable, on the home of each epoch. */
byte home[SLOTS] = NOBODY;
byte dest[SLOTS] = NOBODY;
byte verdict[SLOTS]; /* the register */
byte move[SLOTS];
bit told[SLOTS];
/* Durable, at a move's destination. */
bit image[SLOTS];
/* The hypervisor's: outlives the daemon, not the power. */
byte domain[HOSTS];
bit litter[HOSTS]; /* domain and memory file are those of an instance that has left */
/* Volatile: the thread of a move or save; that of an arrival; the restore that was asked for and is looked at. */
bit sends[HOSTS];
byte unpacks[HOSTS]; /* 1: begun; 2: it has seen that its package is still there */
byte looksAt[HOSTS];
bit looksPushed[HOSTS];

/*
 * Messages. What was said once can be read late, again and again, or never. In peace only what somebody repeats is
 * read.
 */
bit package[SLOTS]; /* the bytes of a package, and for a move the wish to restore it */
byte shown[SLOTS];  /* the claimant that an arrival showed when it was PREPARED */
bit saidRunning[SLOTS];
bit saidDiscarded[SLOTS];
byte word[SLOTS];           /* the verdict that a move's source tells */
bit over[SLOTS];            /* the answer that nothing is there of what was withdrawn */
byte asked[HOSTS * SLOTS];  /* claims on their way to the home: 1 by the host, 2 by the one it is after a wipe */

/*
 * The raised epoch of an instance that its owner reclaimed, which is above all others: who has it, the epoch that was
 * given up for it, and who has heard of it.
 */
#if RECLAIMS
byte reclaimer = NOBODY;
byte given = SLOTS;
bit knows[HOSTS];
#define IS_RECLAIMED (reclaimer != NOBODY)
#define HAS_RAISED(h) (reclaimer == (h))
#define KNOWS(h) (knows[h])
#else
#define IS_RECLAIMED 0
#define HAS_RAISED(h) 0
#define KNOWS(h) 0
#endif
#define IS_SUPERSEDED(h) (KNOWS(h) && !HAS_RAISED(h))

/* Fate. */
bit peace; /* from here on nothing fails and nobody asks for anything */
byte crashes = CRASHES;
byte wipes = WIPES;
byte copies = COPIES;
byte refusals = REFUSALS;
byte saves = SAVES;
byte deletes = DELETES;
bit wiped[HOSTS];

/* What only an observer knows. */
byte decided[SLOTS]; /* verdicts, also those that a wiped host has forgotten */
byte top;            /* the highest epoch that ever ran */
bit used[HOSTS];     /* the guest ran since its memory file was written */
bit powerLost;       /* a guest's memory died with a host, as that of any running guest */
bit deleted;
bit saved[SLOTS];

hidden byte was;
hidden byte next;
hidden byte slot;

c_decl {
  static unsigned char seen[3][8][8];
  static void note(int role, int from, int to) {
    if (!seen[role][from][to]) {
      seen[role][from][to] = 1;
      printf("step %d %d %d\n", role, from, to);
    }
  }
}

/* ---- Rules that bin/lib/model breaks, one at a time, to see that it would notice. ---- */

#ifdef BROKEN_CLAIM_NOT_WRITTEN
#define WRITES_CLAIM 0
#else
#define WRITES_CLAIM 1
#endif
#ifdef BROKEN_WITHDRAWAL_NOT_WRITTEN
#define WRITES_WITHDRAWAL 0
#else
#define WRITES_WITHDRAWAL 1
#endif
#ifdef BROKEN_MEMORY_NOT_SPENT
#define SPENDS 0
#else
#define SPENDS 1
#endif
#ifdef BROKEN_EPOCH_REUSED
#define TAKES_EPOCH 0
#else
#define TAKES_EPOCH 1
#endif
#ifdef BROKEN_ROW_SURVIVES_DONE
#define LEAVES 0
#else
#define LEAVES 1
#endif
#ifdef BROKEN_TOLD_BEFORE_IMAGE_DELETED
#define DELETES_FIRST 0
#else
#define DELETES_FIRST 1
#endif
#ifdef BROKEN_RESTORE_OF_DELETED_IMAGE
#define NEEDS_IMAGE 0
#else
#define NEEDS_IMAGE 1
#endif
#ifdef BROKEN_SUPERSEDED_RUNS
#define LISTENS 0
#else
#define LISTENS 1
#endif
#ifdef BROKEN_FROZEN_NOT_RETRIED
#define RETRIES 0
#else
#define RETRIES 1
#endif

/* ---- Changes of state, each legal by states.tsv. ---- */

inline moves(e, to) {
  was = move[e];
  next = to;
  assert(LEGAL_MOVE(was, next));
  c_code { note(ROLE_MOVE, was, next); };
  move[e] = next
}

inline arrives(h, e, to) {
  was = arrival[AT(h, e)];
  next = to;
  assert(LEGAL_ARRIVAL(was, next));
  c_code { note(ROLE_ARRIVAL, was, next); };
  arrival[AT(h, e)] = next;
  if
  :: next == ARRIVAL_PREPARED && pushed[AT(h, e)] -> shown[e] = CLAIMANT(h)
  :: next == ARRIVAL_PREPARED && !pushed[AT(h, e)] -> asked[AT(h, e)] = asked[AT(h, e)] | (1 + wiped[h])
  :: next == ARRIVAL_RUNNING && pushed[AT(h, e)] -> saidRunning[e] = 1; image[e] = 0
  :: next == ARRIVAL_DISCARDED && pushed[AT(h, e)] -> saidDiscarded[e] = 1
  :: else
  fi
}

inline opens(h, e) {
  /* an epoch is opened once, by one host */
  assert((home[e] == NOBODY || home[e] == h) && verdict[e] == EPOCH_NONE && decided[e] == EPOCH_NONE);
  c_code { note(ROLE_EPOCH, EPOCH_NONE, EPOCH_open); };
  home[e] = h;
  verdict[e] = EPOCH_open
}

/* Register.decide: writes what is wanted unless something stands. */
inline decides(e, wanted) {
  if
  :: verdict[e] == EPOCH_open ->
    next = wanted;
    assert(decided[e] == EPOCH_NONE || !WRITES_CLAIM || !WRITES_WITHDRAWAL); /* and never otherwise */
    decided[e] = next;
    was = (next >= CLAIM -> EPOCH_claimed : next);
    c_code { note(ROLE_EPOCH, EPOCH_open, was); };
    verdict[e] = ((was == EPOCH_claimed && !WRITES_CLAIM) || (was == EPOCH_withdrawn && !WRITES_WITHDRAWAL) -> EPOCH_open : next);
    remembers(home[e], e)
  :: else
  fi
}

inline remembers(h, e) {
  highest[h] = (highest[h] > (e) -> highest[h] : (e))
}

/* DeleteInstance.forget and release: the row goes first, what is left is litter. */
inline forgets(h) {
  row[h] = NO_ROW;
  at[h] = 0;
  sends[h] = 0;
  unpacks[h] = 0;
  litter[h] = (domain[h] != NO_DOMAIN || mem[h])
}

inline discards(h, e) {
  arrives(h, e, ARRIVAL_DISCARDED);
  forgets(h)
}

/* CPUs run: the moment that all of this is about. */
inline runs(h, e) {
  domain[h] = RUNNING;
  used[h] = mem[h];
  /* never two, but when its owner has given up a host that was not lost */
  assert((domain[0] == RUNNING) + (domain[1] == RUNNING) + (domain[2] == RUNNING) == 1 || IS_RECLAIMED);
  assert(!IS_SUPERSEDED(h)); /* and never by whom has heard of that */
#ifndef ONLY_NEVER_TWO
  assert((e) >= top || IS_RECLAIMED); /* a lower epoch is never run */
  /* only by whom it is for */
  assert(decided[e] == CLAIMANT(h) || (decided[e] == EPOCH_withdrawn && home[e] == h) || HAS_RAISED(h));
#endif
  top = (e)
}

inline loads(h) {
  assert(!used[h]); /* a memory is never run twice */
  domain[h] = PAUSED
}

/* A move that has not frozen its guest fails when something else is done to that. */
inline overtakes(h) {
  if
  :: move[at[h] + 1] == MOVE_REQUESTED || move[at[h] + 1] == MOVE_CHECKED || move[at[h] + 1] == MOVE_SENDING_AHEAD ->
      moves(at[h] + 1, MOVE_FAILED)
  :: else
  fi
}

inline dies(h) {
  sends[h] = 0;
  unpacks[h] = 0;
  looksAt[h] = 0;
  looksPushed[h] = 0
}

/* ---- What a host sees. ---- */

#define HERE (at[me])     /* the epoch of its instance */
#define NEXT (at[me] + 1) /* the one it may hand over */
#define ARRIVES AT(me, HERE)

#define SENDING(state) (row[me] != NO_ROW && row[me] != ARRIVING && home[NEXT] == me && move[NEXT] == MOVE_##state)
#define FREEZING (sends[me] && (SENDING(FROZEN) || row[me] == SAVING) && verdict[NEXT] == EPOCH_open)
#define TAKEN_BACK \
  ((row[me] == MIGRATING || row[me] == SAVING) \
    && ((home[NEXT] == me && decided[NEXT] == EPOCH_withdrawn) || HAS_RAISED(me)))
#define MUST_NOT_RUN (IS_SUPERSEDED(me) && LISTENS)
#define COMING(state) (row[me] == ARRIVING && arrival[ARRIVES] == ARRIVAL_##state && !litter[me])
#define IS_NEW(h, e) \
  (row[h] == NO_ROW && highest[h] <= (e) && !KNOWS(h) \
    && (arrival[AT(h, e)] == ARRIVAL_NONE || (arrival[AT(h, e)] == ARRIVAL_DISCARDED && !pushed[AT(h, e)])))

/* A verdict reaches an arrival: the source tells it, as long as it must, or the home answers. */
#define IS_TOLD(e) \
  (dest[e] == me && word[e] != 0 \
    && (!peace || move[e] == MOVE_CLAIMED || (move[e] == MOVE_WITHDRAWN && !told[e])))
#define IS_ANSWERED(e) (!pushed[AT(me, e)] && (decided[e] != EPOCH_NONE || verdict[e] == EPOCH_NONE))
#define IS_OURS(e) \
  ((IS_TOLD(e) && word[e] == CLAIMANT(me)) || (!pushed[AT(me, e)] && decided[e] == CLAIMANT(me)))
#define IS_NOT_OURS(e) \
  ((IS_TOLD(e) && word[e] != CLAIMANT(me)) || (IS_ANSWERED(e) && decided[e] != CLAIMANT(me)))

/* MoveInstance.request. What the hosts are called does not matter, so the first move goes to host 1. */
#define REQUEST(to) \
  :: d_step { !peace && row[me] == IDLE && domain[me] == RUNNING && NEXT <= EPOCHS && to != me && !HAS_RAISED(me) \
      && !SENDING(REQUESTED) && !SENDING(CHECKED) && !SENDING(SENDING_AHEAD) \
      && (HERE > 0 || to == 1 || move[1] == MOVE_FAILED) -> \
      move[NEXT] = MOVE_NONE; moves(NEXT, MOVE_REQUESTED); home[NEXT] = me; dest[NEXT] = to; sends[me] = 1 }

/* AnswerClaim.claim, of a host in one of its lives; refused while the home itself still has the instance. */
#define ANSWER(by, life, e) \
  :: d_step { home[e] == me && (asked[AT(by, e)] & (1 + life)) && verdict[e] == EPOCH_open \
      && !(row[me] != NO_ROW && NEXT == e) -> \
      decides(e, (KNOWS(me) -> EPOCH_withdrawn : CLAIM + by + HOSTS * life)) }

/* What a host does about an epoch whatever else it does. */
#define ABOUT(e) \
  /* RestoreInstance.restore: asked for by a move's source, or by somebody who has the package. */ \
  :: d_step { package[e] && dest[e] == me && image[e] && looksAt[me] == 0 && IS_NEW(me, e) \
      && (!peace || move[e] == MOVE_FROZEN) -> looksAt[me] = e; looksPushed[me] = 1 } \
  :: d_step { package[e] && !peace && copies > 0 && looksAt[me] == 0 && IS_NEW(me, e) -> \
      copies--; looksAt[me] = e } \
  ANSWER(0, 0, e) ANSWER(1, 0, e) ANSWER(2, 0, e) ANSWER(0, 1, e) ANSWER(1, 1, e) ANSWER(2, 1, e) \
  /* SettleMove.tellEnd: the destination deletes the image, says that nothing is left, and the source hears it. */ \
  :: d_step { dest[e] == me && move[e] == MOVE_WITHDRAWN && !told[e] && image[e] && (DELETES_FIRST || over[e]) -> \
      image[e] = 0 } \
  :: d_step { dest[e] == me && move[e] == MOVE_WITHDRAWN && !told[e] && !over[e] && (!DELETES_FIRST || !image[e]) \
      && (arrival[AT(me, e)] == ARRIVAL_NONE || arrival[AT(me, e)] == ARRIVAL_DISCARDED \
        || (arrival[AT(me, e)] == ARRIVAL_RUNNING && IS_RECLAIMED)) -> over[e] = 1 } \
  :: d_step { home[e] == me && move[e] == MOVE_WITHDRAWN && !told[e] && over[e] && !image[e] -> told[e] = 1 }

proctype Host(byte me) {
end:
  do
  /* ---- a move's source: MoveEngine, SendInstance, SettleMove ---- */
  REQUEST(0)
  REQUEST(1)
  REQUEST(2)
  :: d_step { SENDING(REQUESTED) && sends[me] -> moves(NEXT, MOVE_CHECKED) }
  :: d_step { SENDING(REQUESTED) -> moves(NEXT, MOVE_FAILED); dest[NEXT] = NOBODY; sends[me] = 0 }
  :: d_step { SENDING(CHECKED) && sends[me] -> moves(NEXT, MOVE_SENDING_AHEAD) }
  :: d_step { SENDING(CHECKED) -> moves(NEXT, MOVE_FAILED); dest[NEXT] = NOBODY; sends[me] = 0 }
  /* The destination may have refused the epoch for ever: it is used up. */
  :: d_step { SENDING(SENDING_AHEAD) && row[me] == IDLE ->
      moves(NEXT, MOVE_FAILED);
      dest[NEXT] = NOBODY;
      sends[me] = 0;
      opens(me, NEXT);
      decides(NEXT, EPOCH_withdrawn);
      at[me] = NEXT }
  :: d_step { SENDING(SENDING_AHEAD) && row[me] != IDLE ->
      moves(NEXT, MOVE_FAILED); dest[NEXT] = NOBODY; sends[me] = 0 }
  :: d_step { (SENDING(CHECKED) || SENDING(SENDING_AHEAD)) && sends[me] && row[me] == IDLE ->
      moves(NEXT, MOVE_FROZEN);
      row[me] = MIGRATING;
      image[NEXT] = 1;
      opens(me, NEXT) }
#ifdef BROKEN_TOLD_BEFORE_CLAIM_WRITTEN
  :: d_step { SENDING(FROZEN) && sends[me] && shown[NEXT] != 0 && word[NEXT] == 0 -> word[NEXT] = shown[NEXT] }
#endif
  :: d_step { SENDING(FROZEN) && sends[me] && shown[NEXT] != 0 ->
      decides(NEXT, shown[NEXT]);
      moves(NEXT, MOVE_CLAIMED);
      word[NEXT] = shown[NEXT] }
  /* Whatever failed, was cancelled, took too long, or died. */
  :: d_step { SENDING(FROZEN) && (RETRIES || sends[me]) ->
      decides(NEXT, EPOCH_withdrawn);
      moves(NEXT, MOVE_WITHDRAWN);
      word[NEXT] = EPOCH_withdrawn;
      sends[me] = 0 }
  /* The withdrawal could not be written (no room): the thread ends. */
  :: d_step { SENDING(FROZEN) && sends[me] && !peace -> sends[me] = 0 }
#ifdef BROKEN_RESUMES_WITHOUT_VERDICT
  :: d_step { SENDING(FROZEN) && domain[me] == PAUSED && !peace -> mem[me] = 0; runs(me, NEXT) }
#endif
#ifdef BROKEN_SILENCE_GIVES_BACK
  :: d_step { SENDING(CLAIMED) && !peace ->
      moves(NEXT, MOVE_WITHDRAWN);
      at[me] = NEXT;
      opens(me, NEXT);
      decides(NEXT, EPOCH_withdrawn);
      sends[me] = 0 }
#endif
  :: d_step { SENDING(CLAIMED) && saidRunning[NEXT] ->
      moves(NEXT, MOVE_DONE);
      remembers(me, NEXT);
      if
      :: LEAVES -> forgets(me)
      :: else -> row[me] = IDLE; sends[me] = 0
      fi }
  :: d_step { SENDING(CLAIMED) && saidDiscarded[NEXT] ->
      moves(NEXT, MOVE_WITHDRAWN);
      at[me] = NEXT;
      opens(me, NEXT);
      decides(NEXT, EPOCH_withdrawn);
      sends[me] = 0 }

#if RECLAIMS
  /* ---- ReclaimInstance: by the word of its owner, who believes a host lost ---- */
  :: d_step { !peace && !IS_RECLAIMED && COMING(PREPARED) && domain[me] == PAUSED ->
      reclaimer = me;
      given = HERE;
      knows[me] = 1;
      arrives(me, HERE, ARRIVAL_ACCEPTED) }
  :: d_step { !peace && !IS_RECLAIMED && SENDING(CLAIMED) ->
      reclaimer = me;
      given = NEXT;
      knows[me] = 1;
      moves(NEXT, MOVE_WITHDRAWN);
      sends[me] = 0 }
  /* The home of what was given up, and its destination, hear of it when they answer. */
  :: d_step { IS_RECLAIMED && !knows[me] && (home[given] == me || dest[given] == me) -> knows[me] = 1 }
  /* ---- Quarantine ---- */
  :: d_step { MUST_NOT_RUN && row[me] == IDLE -> overtakes(me); row[me] = SHUT_AWAY; sends[me] = 0 }
  :: d_step { MUST_NOT_RUN && TAKEN_BACK -> row[me] = SHUT_AWAY; at[me] = NEXT }
  :: d_step { MUST_NOT_RUN && COMING(PREPARED) -> discards(me, HERE) }
  :: d_step { MUST_NOT_RUN && COMING(ACCEPTED) -> arrives(me, HERE, ARRIVAL_RUNNING); row[me] = SHUT_AWAY }
  :: d_step { row[me] == SHUT_AWAY && domain[me] != NO_DOMAIN -> domain[me] = NO_DOMAIN }
#endif

  /* ---- a save: SaveInstance ---- */
  :: d_step { !peace && saves > 0 && row[me] == IDLE && !HAS_RAISED(me) && domain[me] == RUNNING && NEXT <= EPOCHS ->
      saves--;
      overtakes(me);
      row[me] = SAVING;
      sends[me] = 1;
      opens(me, NEXT) }
  :: d_step { row[me] == SAVING && sends[me] && verdict[NEXT] == EPOCH_open && mem[me] ->
      saved[NEXT] = 1;
      remembers(me, HERE);
      forgets(me) }
  :: d_step { row[me] == SAVING && verdict[NEXT] == EPOCH_open && (RETRIES || sends[me]) ->
      decides(NEXT, EPOCH_withdrawn);
      sends[me] = 0 }
  :: d_step { row[me] == SAVING && sends[me] && !peace -> sends[me] = 0 }

  /* ---- the freeze and the way back: FreezeInstance ---- */
  :: d_step { FREEZING && domain[me] == RUNNING -> domain[me] = PAUSED }
  :: d_step { FREEZING && domain[me] == PAUSED && !mem[me] -> mem[me] = 1; used[me] = 0; package[NEXT] = 1 }
  :: d_step { TAKEN_BACK && domain[me] == NO_DOMAIN && mem[me] -> loads(me) }
  :: d_step { TAKEN_BACK && domain[me] == PAUSED && mem[me] && SPENDS -> mem[me] = 0 }
  :: d_step { TAKEN_BACK && domain[me] == PAUSED && !(mem[me] && SPENDS) && !MUST_NOT_RUN -> runs(me, NEXT) }
  :: d_step { TAKEN_BACK && (domain[me] == RUNNING || (domain[me] == NO_DOMAIN && !mem[me])) ->
      mem[me] = 0;
      at[me] = (TAKES_EPOCH -> NEXT : HERE);
      row[me] = IDLE }

  /* ---- an arrival: RestoreInstance, ConcludeArrival, EndArrival ---- */
  :: d_step { looksAt[me] != 0 ->
      slot = looksAt[me];
      if
      :: IS_NEW(me, slot) ->
        arrives(me, slot, ARRIVAL_RECEIVING);
        pushed[AT(me, slot)] = looksPushed[me];
        row[me] = ARRIVING;
        at[me] = slot;
        unpacks[me] = 1
      :: else
      fi;
      looksAt[me] = 0;
      looksPushed[me] = 0 }
  :: d_step { COMING(RECEIVING) && unpacks[me] == 1 && (image[HERE] || !pushed[ARRIVES] || !NEEDS_IMAGE) ->
      unpacks[me] = 2 }
  :: d_step { COMING(RECEIVING) && unpacks[me] == 2 && domain[me] == NO_DOMAIN ->
      mem[me] = 1;
      used[me] = 0;
      loads(me) }
  :: d_step { COMING(RECEIVING) && unpacks[me] == 2 && domain[me] == PAUSED ->
      arrives(me, HERE, ARRIVAL_PREPARED);
      unpacks[me] = 0 }
  /* Whatever failed, was cancelled, or died. */
  :: d_step { COMING(RECEIVING) -> discards(me, HERE) }
  :: d_step { COMING(PREPARED) && domain[me] == NO_DOMAIN -> loads(me) }
  :: d_step { COMING(PREPARED) && domain[me] == NO_DOMAIN && refusals > 0 && !peace ->
      refusals--;
      discards(me, HERE) }
#ifdef BROKEN_RUNS_WHEN_PREPARED
  :: d_step { COMING(PREPARED) && domain[me] == PAUSED && !peace -> mem[me] = 0; runs(me, HERE) }
#endif
  :: d_step { COMING(PREPARED) && IS_OURS(HERE) && !MUST_NOT_RUN ->
      arrives(me, HERE, ARRIVAL_ACCEPTED);
      remembers(me, HERE) }
  :: d_step { COMING(PREPARED) && IS_NOT_OURS(HERE) -> discards(me, HERE) }
  :: d_step { COMING(ACCEPTED) && domain[me] == NO_DOMAIN && mem[me] -> loads(me) }
  :: d_step { COMING(ACCEPTED) && domain[me] == NO_DOMAIN && mem[me] && refusals > 0 && !peace ->
      refusals--;
      if
      :: pushed[ARRIVES] && !HAS_RAISED(me) -> discards(me, HERE)
      :: else -> arrives(me, HERE, ARRIVAL_RUNNING); row[me] = IDLE /* suspended */
      fi }
  :: d_step { COMING(ACCEPTED) && domain[me] == PAUSED && mem[me] && SPENDS -> mem[me] = 0 }
  :: d_step { COMING(ACCEPTED) && domain[me] == PAUSED && !(mem[me] && SPENDS) && !MUST_NOT_RUN -> runs(me, HERE) }
  :: d_step { COMING(ACCEPTED) && (domain[me] == RUNNING || (domain[me] == NO_DOMAIN && !mem[me])) ->
      mem[me] = 0;
      arrives(me, HERE, ARRIVAL_RUNNING);
      row[me] = IDLE }

  /* ---- DeleteInstance; ReconcileInstances.removeStrays ---- */
  :: d_step { !peace && deletes > 0 && row[me] == IDLE ->
      deletes--;
      deleted = 1;
      overtakes(me);
      remembers(me, HERE);
      forgets(me) }
  :: d_step { litter[me] -> domain[me] = NO_DOMAIN; mem[me] = 0; litter[me] = 0 }

  ABOUT(1)
  ABOUT(2)
#if EPOCHS > 2
  ABOUT(3)
#endif
#if EPOCHS > 3
  ABOUT(4)
#endif

  /* ---- fate: the daemon dies; the power fails; the disk is lost ---- */
  :: d_step { !peace && crashes > 0 && (sends[me] || unpacks[me] || looksAt[me] != 0) -> crashes--; dies(me) }
  :: d_step { !peace && crashes > 0 && domain[me] != NO_DOMAIN ->
      crashes--;
      dies(me);
      powerLost = (powerLost || (!litter[me] && (domain[me] == RUNNING || !mem[me])));
      domain[me] = NO_DOMAIN }
  :: d_step { !peace && wipes > 0 && !wiped[me] && (row[me] != NO_ROW || highest[me] > 0) ->
      wipes--;
      wiped[me] = 1;
      dies(me);
      domain[me] = NO_DOMAIN;
      mem[me] = 0;
      forgets(me);
      highest[me] = 0;
      slot = 0;
      do
      :: slot < SLOTS ->
        arrival[AT(me, slot)] = ARRIVAL_NONE;
        pushed[AT(me, slot)] = 0;
        if
        :: home[slot] == me -> verdict[slot] = EPOCH_NONE; move[slot] = MOVE_NONE; told[slot] = 0
        :: else
        fi;
        if
        :: dest[slot] == me -> image[slot] = 0
        :: else
        fi;
        slot++
      :: else -> break
      od;
      slot = 0 }
  od
}

/* ---- What must have become of it when nothing is left to be done. ---- */

#define HAS(h) (row[h] == IDLE && (domain[h] == RUNNING || (domain[h] == NO_DOMAIN && (mem[h] || powerLost))))
#define HAS_NOTHING(h) (row[h] == NO_ROW && domain[h] == NO_DOMAIN && !mem[h])
#define ONE_HAS_IT \
  ((HAS(0) && HAS_NOTHING(1) && HAS_NOTHING(2)) || (HAS_NOTHING(0) && HAS(1) && HAS_NOTHING(2)) \
    || (HAS_NOTHING(0) && HAS_NOTHING(1) && HAS(2)))
/* A saved package that may still be restored: by anybody, or by whom it was granted and who failed. */
#define TRY_AGAIN(h, e) (verdict[e] == CLAIMANT(h) && arrival[AT(h, e)] == ARRIVAL_DISCARDED && !pushed[AT(h, e)])
#define IS_PACKED(e) \
  (saved[e] && (verdict[e] == EPOCH_open || TRY_AGAIN(0, e) || TRY_AGAIN(1, e) || TRY_AGAIN(2, e)))
#if EPOCHS > 3
#define ANY_PACKED (IS_PACKED(1) || IS_PACKED(2) || IS_PACKED(3) || IS_PACKED(4))
#elif EPOCHS > 2
#define ANY_PACKED (IS_PACKED(1) || IS_PACKED(2) || IS_PACKED(3))
#else
#define ANY_PACKED (IS_PACKED(1) || IS_PACKED(2))
#endif
/* Reclaimed: who has the raised epoch has the guest, and nobody runs it, or waits, who has heard of that. */
#if RECLAIMS
#define HAS_STOPPED(h) (!IS_SUPERSEDED(h) || (domain[h] == NO_DOMAIN && row[h] != ARRIVING))
#define RECLAIMED_HAS_IT (IS_RECLAIMED && HAS(reclaimer) && HAS_STOPPED(0) && HAS_STOPPED(1) && HAS_STOPPED(2))
#else
#define RECLAIMED_HAS_IT 0
#endif
#define SETTLED \
  (RECLAIMED_HAS_IT || wiped[0] || wiped[1] || wiped[2] || ONE_HAS_IT \
    || (HAS_NOTHING(0) && HAS_NOTHING(1) && HAS_NOTHING(2) && (deleted || ANY_PACKED)))

#ifdef LIVENESS
ltl never_none { (<> peace) -> (<> [] (SETTLED)) }
#else
/* Nothing can be done any more, by anybody. */
proctype Judge() {
end:
  timeout -> assert(SETTLED) /* never none */
}
#endif

proctype Fate() {
  peace = 1
}

init {
  atomic {
    row[0] = IDLE;
    domain[0] = RUNNING;
    run Host(0);
    run Host(1);
    run Host(2);
    run Fate();
#ifndef LIVENESS
    run Judge()
#endif
  }
}
