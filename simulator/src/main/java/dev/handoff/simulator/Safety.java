package dev.handoff.simulator;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Outcome;

/**
 * The rules that hold at any time, asked by whatever could break them the moment it would. The names are those of the
 * protocol page's invariants and of the two that make them possible: journal before effect, and one state from one journal.
 */
final class Safety {

    private final Map<HandoffId, Event.HandoffEnded> ends = new HashMap<>();
    private boolean journalDamaged;
    private boolean endsLost;

    // ---- 1, 2, 3, 5: the lock and the data

    void opens(Daemon daemon, Daemon holder, List<Daemon> writers) {
        if (!writers.isEmpty()) {
            throw new Violation("one-writer", daemon + " opens the data directory, and " + writers.getFirst()
                    + " has it open");
        }
        if (!daemon.equals(holder)) {
            throw new Violation("lock-before-open", daemon + " opens the data directory without its lock, which "
                    + (holder == null ? "nobody" : holder.toString()) + " holds");
        }
    }

    void writes(Daemon daemon, Daemon holder, List<Daemon> writers) {
        if (!daemon.equals(holder) || !writers.equals(List.of(daemon))) {
            throw new Violation("one-writer", daemon + " writes, the lock is held by "
                    + (holder == null ? "nobody" : holder.toString()) + ", open writers are " + writers);
        }
    }

    void unlocked(Daemon daemon, boolean writerOpen) {
        if (writerOpen) {
            throw new Violation("seal-before-unlock", daemon + " releases the lock while its writer is open");
        }
    }

    /** A write was acknowledged at a revision, and a daemon that opens the directory finds it there, or not. */
    void finds(Daemon daemon, long write, int revision, boolean there) {
        if (!there) {
            throw new Violation("acknowledged-write", daemon + " opens the data directory, and write " + write
                    + ", acknowledged at revision " + revision + ", is not there");
        }
    }

    void drained(Daemon daemon, boolean synced, boolean idle) {
        if (!synced || !idle) {
            throw new Violation("sync-before-drained", daemon + " says Drained with "
                    + (idle ? "unsynced writes" : "requests in flight"));
        }
    }

    void seals(Daemon daemon, boolean holdsLock) {
        if (!holdsLock) {
            throw new Violation("sealed-once", daemon + " runs its seal hook without the lock: it has sealed before");
        }
    }

    // ---- 4

    void listenerHeldBy(int holders) {
        if (holders == 0) {
            throw new Violation("listeners-stay-open", "nobody holds the service's listener any more");
        }
    }

    // ---- What the coordinator says to whom

    /** A message is written to {@code to}, while the other participant of the handoff is {@code other} (null: none). */
    void says(Message message, Daemon to, Daemon other) {
        switch (message) {
            case Message.Begin _ -> {
                if (other != null && other.alive() && !other.hasSealed()) {
                    throw new Violation("seal-before-begin", to + " is told to begin while " + other
                            + " lives and has not sealed");
                }
            }
            case Message.ResumeAfterAbort _ -> {
                if (other != null && other.alive()) {
                    throw new Violation("reap-before-resume", to + " is told to resume while " + other + " lives");
                }
            }
            case Message.Commit _ -> {
                if (to != null && !to.hasSealed()) {
                    throw new Violation("seal-before-commit", to + " is committed without having sealed");
                }
            }
            case Message.Hello _,Message.HelloAck _,Message.PrepareHandoff _,Message.Drained _,Message.SealRequest _,Message.SealProgress _,Message.SealComplete _,Message.SealFailed _,Message.Ready _,Message.Abort _,Message.Heartbeat _ ->
                {
                }
        }
    }

    /**
     * A handoff was journaled as committed, and this process, if it still lives, is the incumbent from now on.
     *
     * @param revisionsCount
     *            whether there were sealed revisions to compare with
     */
    void committed(Daemon successor, boolean revisionsCount) {
        if (!successor.alive()) {
            return;
        }
        if (!successor.plan().healthy() || (revisionsCount && successor.isBehind())) {
            throw new Violation("gates-before-commit", successor + " is committed although it is "
                    + (successor.plan().healthy() ? "behind" : "unhealthy"));
        }
        if (!successor.holdsLock()) {
            throw new Violation("gates-before-commit", successor + " is committed without the lock");
        }
    }

    // ---- 6, 7: how handoffs end

    void ended(Event.HandoffEnded end) {
        Event.HandoffEnded before = ends.putIfAbsent(end.stamp().handoffId(), end);
        if (before != null && !journalDamaged && !endsLost) {
            throw new Violation("one-end", "handoff " + end.stamp().handoffId().leastSignificantBits() + " ended as "
                    + before.outcome() + " and again as " + end.outcome());
        }
        if (end.outcome() == Outcome.INDETERMINATE && !journalDamaged) {
            throw new Violation("resumable", "handoff " + end.stamp().handoffId().leastSignificantBits()
                    + " ended as indeterminate, and the journal was intact: " + end.reason());
        }
    }

    /** How the handoff ended, or null. */
    Event.HandoffEnded endOf(HandoffId id) {
        return ends.get(id);
    }

    /** From now on what the journal says of the past may be wrong, and the coordinator may say so. */
    void journalDamaged() {
        journalDamaged = true;
    }

    boolean isJournalDamaged() {
        return journalDamaged;
    }

    /** The machine died: the journal forgot what was not synced, the ends of handoffs among it. */
    void machineDied() {
        endsLost = true;
    }

    // ---- Journal before effect, one state from one journal

    void journaled(boolean before, String what) {
        if (!before) {
            throw new Violation("journal-before-effect", what);
        }
    }

    void replayed(long live, long replayed, String where) {
        if (live != replayed) {
            throw new Violation("replay-is-live", "the replayed state has hash " + Long.toHexString(replayed)
                    + ", the live one had " + Long.toHexString(live) + ", " + where);
        }
    }
}
