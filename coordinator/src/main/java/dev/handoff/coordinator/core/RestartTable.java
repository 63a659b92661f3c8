package dev.handoff.coordinator.core;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a coordinator that takes over does about a service, as data: exactly one row matches each {@link Situation}, and a test
 * tries them all.
 *
 * <p>
 * Deaths and lost sessions need no row of their own: the {@code ProcessExited} and {@code SessionClosed} that follow
 * {@code CoordinatorRestarted} take the path they always take. What is left is work that the dead coordinator may not have got to:
 * a message that was due, a process to start, a connection to make. The rules on what may be written twice are those of the
 * protocol page, <i>Surviving the supervisor's death</i>.
 */
final class RestartTable {

    private RestartTable() {}

    /** What the state awaits, as far as the rows tell it apart. */
    enum Phase {
        STOPPED,
        STARTING,
        COMING_UP,
        SERVING,
        PAUSED,
        GIVEN_UP,
        STOPPING,
        RESOLVING,
        GREETING_INCUMBENT,
        SPAWNING,
        AWAITING_HELLO,
        GREETING_SUCCESSOR,
        DRAINING,
        SEALING,
        BEGINNING,
        LOOKING_AT_LOCK,
        KILLING,
        RESUMING,
        PROBING
    }

    /** Whether the message that the phase is about was written. */
    enum Request {
        /** It was not even appended. */
        UNWRITTEN,
        /** Its record is the last before the crash. */
        IN_DOUBT,
        /** A record follows its own. */
        WRITTEN
    }

    /** What became of a participant. */
    enum Life {
        /** The state names none. */
        NONE,
        LIVES,
        GONE
    }

    /**
     * What the rows look at.
     *
     * @param damaged
     *            records of the journal are lost, so that the state may be an old one
     * @param idempotent
     *            whether the addressee of the phase's message takes anything twice
     * @param incumbentHeard
     *            whether the incumbent's session was handed back
     * @param successorHeard
     *            whether the successor's channel was handed back
     * @param spawned
     *            whether a process was found that the ordered spawn had started
     * @param held
     *            whether somebody holds the data directory's lock, or answers on the control socket
     * @param strange
     *            whether that is a process which the state does not name
     */
    record Situation(boolean damaged, Phase phase, Request request, boolean idempotent, Life incumbent,
            boolean incumbentHeard, Life successor, boolean successorHeard, boolean spawned, boolean held,
            boolean strange) {

        boolean nobodyLives() {
            return incumbent != Life.LIVES && successor != Life.LIVES && !spawned;
        }

        boolean in(Set<Phase> phases) {
            return phases.contains(phase);
        }
    }

    /** What is done. */
    enum Remedy {
        /** Nothing: what is due is awaited, or news of a death or a lost session follow. */
        GO_ON,
        /** Start the daemon from cold. */
        START_COLD,
        /** Supervise the process that holds the lock. */
        ADOPT_HOLDER,
        /** Supervise the incumbent of the state, whatever it was doing. */
        ADOPT_INCUMBENT,
        /** The spawn had happened: as if it had been noted. */
        TAKE_SPAWNED,
        /** Connect to a daemon that comes up. */
        CONNECT,
        /** Resolve the binary. */
        RESOLVE,
        /** A new session with the incumbent, under the same handoff. */
        GREET_INCUMBENT,
        /** A new successor, under the same handoff. */
        SPAWN_AFRESH,
        /** Write the message: for the first time, or again where that does no harm. */
        SEND,
        /** Find out by the fence whether it was written. */
        FENCE,
        /** Ask the kernel who holds the lock. */
        LOOK_AT_LOCK,
        /** Ask the processes to end once more. */
        TERMINATE,
        /** Tell the incumbent to resume, and fence. */
        UNDO,
        /** Fence only: the incumbent was told to resume. */
        FENCE_UNDO,
        /** Ask the incumbent for a new session. */
        PROBE
    }

    /** One row: where it applies, what is done, and why. */
    record Row(Set<Phase> phases, Predicate<Situation> where, Remedy remedy, String why) {

        boolean matches(Situation situation) {
            return situation.in(phases) && where.test(situation);
        }
    }

    private static final Set<Phase> ANY_BUT_STOPPING = EnumSet.complementOf(EnumSet.of(Phase.STOPPING));
    private static final List<Row> ROWS = rows();

    /** All rows; their order means nothing. */
    static List<Row> all() {
        return ROWS;
    }

    /** The row that applies. */
    static Row rowFor(Situation situation) {
        for (Row row : ROWS) {
            if (row.matches(situation)) {
                return row;
            }
        }
        throw new IllegalStateException("no row for " + situation);
    }

    private static boolean comesUp(Situation s) {
        return s.phase() == Phase.STARTING && s.spawned();
    }

    private static boolean strangerServes(Situation s) {
        return s.strange() && s.nobodyLives();
    }

    private static List<Row> rows() {
        List<Row> rows = new ArrayList<>();

        // A journal that lost records may show an old state: only what lives counts.
        row(rows, ANY_BUT_STOPPING, s -> s.damaged() && s.held(), Remedy.ADOPT_HOLDER,
                "whoever holds the lock is the daemon");
        row(rows, ANY_BUT_STOPPING, s -> s.damaged() && !s.held() && s.incumbent() == Life.LIVES,
                Remedy.ADOPT_INCUMBENT, "nobody holds the lock, and the last known incumbent lives");
        row(rows, ANY_BUT_STOPPING, s -> s.damaged() && !s.held() && s.incumbent() != Life.LIVES && comesUp(s),
                Remedy.TAKE_SPAWNED, "nobody holds the lock, and a daemon is coming up");
        row(rows, ANY_BUT_STOPPING, s -> s.damaged() && !s.held() && s.incumbent() != Life.LIVES && !comesUp(s),
                Remedy.START_COLD, "nobody holds the lock, and the last known incumbent is gone");

        // A whole journal names every process; a stranger was started by somebody else, or the journal is a new one.
        row(rows, ANY_BUT_STOPPING, s -> !s.damaged() && strangerServes(s), Remedy.ADOPT_HOLDER,
                "a second daemon must not be started beside the one that holds the lock");
        row(rows, EnumSet.of(Phase.STOPPING), Situation::strange, Remedy.ADOPT_HOLDER,
                "what was stopping does not hold the lock, and somebody serves");
        row(rows, EnumSet.of(Phase.STOPPING), s -> !s.strange(), Remedy.TERMINATE, "its processes are to end first");

        ordinary(rows, EnumSet.of(Phase.STOPPED, Phase.GIVEN_UP), _ -> true, Remedy.START_COLD,
                "a new coordinator starts what is configured");
        ordinary(rows, EnumSet.of(Phase.STARTING), Situation::spawned, Remedy.TAKE_SPAWNED,
                "the process was started, and only the note of it is missing");
        ordinary(rows, EnumSet.of(Phase.STARTING), s -> !s.spawned(), Remedy.START_COLD, "nothing was started");
        ordinary(rows, EnumSet.of(Phase.COMING_UP), s -> s.incumbent() == Life.LIVES, Remedy.CONNECT,
                "a connection that was under way ended with the coordinator");
        ordinary(rows, EnumSet.of(Phase.COMING_UP), s -> s.incumbent() != Life.LIVES, Remedy.GO_ON,
                "its death follows");
        ordinary(rows, EnumSet.of(Phase.SERVING, Phase.PAUSED), _ -> true, Remedy.GO_ON, "nothing is due");

        ordinary(rows, EnumSet.of(Phase.RESOLVING), s -> s.incumbent() == Life.LIVES, Remedy.RESOLVE,
                "looking at a file again does no harm");
        ordinary(rows, EnumSet.of(Phase.GREETING_INCUMBENT), s -> s.incumbent() == Life.LIVES, Remedy.GREET_INCUMBENT,
                "nothing is spent, and the incumbent drops a session without HelloAck after 5 s");
        ordinary(rows, EnumSet.of(Phase.RESOLVING, Phase.GREETING_INCUMBENT), s -> s.incumbent() != Life.LIVES,
                Remedy.GO_ON, "its death follows");

        ordinary(rows, EnumSet.of(Phase.SPAWNING), RestartTable::mustGreetAgain, Remedy.GREET_INCUMBENT,
                "a second HelloAck is an error for either, and nothing is spent");
        ordinary(rows, EnumSet.of(Phase.SPAWNING), s -> !mustGreetAgain(s) && s.spawned() && s.successorHeard(),
                Remedy.TAKE_SPAWNED, "the process was started, and only the note of it is missing");
        ordinary(rows, EnumSet.of(Phase.SPAWNING), s -> !mustGreetAgain(s) && !(s.spawned() && s.successorHeard()),
                Remedy.SPAWN_AFRESH, "nothing was started, or its channel is lost");
        ordinary(rows, EnumSet.of(Phase.AWAITING_HELLO), _ -> true, Remedy.GO_ON, "its Hello or its end is awaited");

        Set<Phase> greeting = EnumSet.of(Phase.GREETING_SUCCESSOR);
        ordinary(rows, greeting, s -> !successorTalks(s), Remedy.GO_ON, "its death or its lost channel follows");
        ordinary(rows, greeting, s -> successorTalks(s) && mayBeWritten(s), Remedy.SEND,
                "HelloAck was not written, or may be written twice");
        ordinary(rows, greeting, s -> successorTalks(s) && !mayBeWritten(s) && s.request() == Request.IN_DOUBT,
                Remedy.SPAWN_AFRESH, "a second HelloAck is an error for a stock successor, and it holds nothing yet");
        ordinary(rows, greeting, s -> successorTalks(s) && s.request() == Request.WRITTEN, Remedy.GO_ON,
                "the phase is over by then");

        Set<Phase> asking = EnumSet.of(Phase.DRAINING, Phase.SEALING);
        ordinary(rows, asking, s -> !incumbentTalks(s), Remedy.GO_ON, "its death or its lost session follows");
        ordinary(rows, asking, s -> incumbentTalks(s) && mayBeWritten(s), Remedy.SEND,
                "the request was not written, or its addressee answers a second one with the first answer");
        ordinary(rows, asking, s -> incumbentTalks(s) && !mayBeWritten(s) && s.request() == Request.IN_DOUBT,
                Remedy.FENCE, "a stock incumbent would run its hook again, without the lock");
        ordinary(rows, asking, s -> incumbentTalks(s) && s.request() == Request.WRITTEN, Remedy.GO_ON,
                "its answer is awaited");

        Set<Phase> beginning = EnumSet.of(Phase.BEGINNING);
        ordinary(rows, beginning, s -> !successorTalks(s), Remedy.GO_ON, "its death or its lost channel follows");
        ordinary(rows, beginning, s -> successorTalks(s) && s.request() != Request.WRITTEN, Remedy.SEND,
                "a second Begin does no harm");
        ordinary(rows, beginning, s -> successorTalks(s) && s.request() == Request.WRITTEN, Remedy.GO_ON,
                "Ready is awaited");
        ordinary(rows, EnumSet.of(Phase.LOOKING_AT_LOCK), _ -> true, Remedy.LOOK_AT_LOCK, "looking does no harm");

        ordinary(rows, EnumSet.of(Phase.KILLING), s -> s.successor() == Life.LIVES, Remedy.TERMINATE,
                "the signal may not have been sent");
        ordinary(rows, EnumSet.of(Phase.KILLING), s -> s.successor() != Life.LIVES, Remedy.GO_ON, "its death follows");
        Set<Phase> resuming = EnumSet.of(Phase.RESUMING);
        ordinary(rows, resuming, s -> !incumbentTalks(s), Remedy.GO_ON, "its death or its lost session follows");
        ordinary(rows, resuming, s -> incumbentTalks(s) && s.request() != Request.WRITTEN, Remedy.UNDO,
                "a second one ends the session of an incumbent that serves");
        ordinary(rows, resuming, s -> incumbentTalks(s) && s.request() == Request.WRITTEN, Remedy.FENCE_UNDO,
                "whether it has taken it in is what is awaited");
        ordinary(rows, EnumSet.of(Phase.PROBING), s -> s.incumbent() == Life.LIVES, Remedy.PROBE,
                "the probe's session ended with the coordinator");
        ordinary(rows, EnumSet.of(Phase.PROBING), s -> s.incumbent() != Life.LIVES, Remedy.GO_ON, "its death follows");
        return List.copyOf(rows);
    }

    private static boolean mustGreetAgain(Situation s) {
        return s.incumbent() == Life.LIVES && (s.request() != Request.WRITTEN || !s.incumbentHeard());
    }

    private static boolean incumbentTalks(Situation s) {
        return s.incumbent() == Life.LIVES && s.incumbentHeard();
    }

    private static boolean successorTalks(Situation s) {
        return s.successor() == Life.LIVES && s.successorHeard();
    }

    private static boolean mayBeWritten(Situation s) {
        return s.request() == Request.UNWRITTEN || (s.request() == Request.IN_DOUBT && s.idempotent());
    }

    /** A row for a whole journal in which no stranger serves. */
    private static void ordinary(List<Row> rows, Set<Phase> phases, Predicate<Situation> where, Remedy remedy,
            String why) {
        row(rows, phases, s -> !s.damaged() && !strangerServes(s) && where.test(s), remedy, why);
    }

    private static void row(List<Row> rows, Set<Phase> phases, Predicate<Situation> where, Remedy remedy, String why) {
        rows.add(new Row(phases, where, remedy, why));
    }
}
