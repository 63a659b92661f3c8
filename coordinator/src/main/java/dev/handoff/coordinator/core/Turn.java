package dev.handoff.coordinator.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Gate;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.codec.event.Verdict;

/**
 * One service's turn: what becomes of it through one event, collected. What decides are the static functions of {@link Requests},
 * {@link Processes}, {@link Sessions}, {@link Messages}, {@link Timeouts} and {@link TakingOver}, which an event comes to, and of
 * {@link Supervision}, {@link Forward}, {@link Rollback} and {@link Watch}, which those call on. Made and dropped within one
 * {@link Core#step}, so that what it changes is seen by nobody else.
 */
final class Turn {

    static final long NS_PER_MS = 1_000_000;

    /** A reply may be on the wire when a peer's own budget ends (protocol page, <i>Timing</i>). */
    static final long REPLY_ALLOWANCE_MS = 1_000;

    private static final int EFFECTS_OF_A_LONG_TURN = 10;

    private final Service before;
    private final long nowNs;
    private final LastHeard heard;

    private State state;
    private String binary;
    private long lastSession;
    private ArmedTimers timers;
    /** The ones before, until somebody changes them. */
    private List<Service.Departing> departing;
    private List<Event.Decision> owed;
    private Service.Last last;
    private boolean changed;
    private boolean changedDeparting;
    private boolean changedOwed;
    /** Made by the first order: most turns give none. */
    private List<Effect> effects = List.of();

    /** @param nowNs the event's time */
    Turn(Service before, long nowNs, LastHeard heard) {
        this.before = before;
        this.nowNs = nowNs;
        this.heard = heard;
        this.state = before.state();
        this.binary = before.binary();
        this.lastSession = before.lastSession();
        this.timers = before.timers();
        this.departing = before.departing();
        this.owed = before.owed();
        this.last = before.last();
    }

    /** The service after this turn. */
    Service service() {
        return new Service(before.number(), before.name(), before.policy(), before.configured(), binary, state,
                stateSinceNs(), lastSession, timers, departing, owed, last);
    }

    /** Whether anything of the service was changed in this turn. */
    boolean changed() {
        return changed;
    }

    /** What was ordered, in its order. */
    List<Effect> effects() {
        return effects;
    }

    // ---- What is known --------------------------------------------------------------------------------------------------

    /** The service as it was. */
    Service before() {
        return before;
    }

    int number() {
        return before.number();
    }

    String name() {
        return before.name();
    }

    ServicePolicy policy() {
        return before.policy();
    }

    long nowNs() {
        return nowNs;
    }

    LastHeard heard() {
        return heard;
    }

    State state() {
        return state;
    }

    /** When the present state was entered. */
    long stateSinceNs() {
        return state.getClass() == before.state().getClass() ? before.sinceNs() : nowNs;
    }

    /** What a cold start runs. */
    String binary() {
        return binary;
    }

    /** The processes on their way out. */
    List<Service.Departing> departing() {
        return Collections.unmodifiableList(departing);
    }

    /** The same to be changed; whoever does calls {@link #armExit}. */
    List<Service.Departing> changeDeparting() {
        if (!changedDeparting) {
            changed = true;
            changedDeparting = true;
            departing = new ArrayList<>(departing);
        }
        return departing;
    }

    private List<Event.Decision> changeOwed() {
        if (!changedOwed) {
            changed = true;
            changedOwed = true;
            owed = new ArrayList<>(owed);
        }
        return owed;
    }

    /** For when a timer is armed, or null. */
    Long dueNs(TimerKind kind) {
        return timers.get(kind);
    }

    /** From the beginning of the writer gap, or 0 where there was none. */
    long gapNs(Handoff handoff) {
        return handoff.gapStartNs() == 0 ? 0 : nowNs - handoff.gapStartNs();
    }

    // ---- What becomes of it ---------------------------------------------------------------------------------------------

    void become(State next) {
        changed = true;
        state = next;
    }

    /** From now on a cold start runs this. */
    void runFromNowOn(String path) {
        changed = true;
        binary = path;
    }

    void lastEnded(Service.Last ended) {
        changed = true;
        last = ended;
    }

    void order(Effect effect) {
        if (effects.isEmpty()) {
            effects = new ArrayList<>(EFFECTS_OF_A_LONG_TURN);
        }
        effects.add(effect);
    }

    /** Orders again what a coordinator that died may have kept in its memory only. */
    void orderAgain() {
        timers.forEach((kind, dueNs) -> order(new Effect.ArmTimer(number(), kind, dueNs)));
        owed.forEach(decision -> order(new Effect.Note(decision)));
    }

    // ---- Processes on their way out, and timers -------------------------------------------------------------------------

    /** A process is on its way out; {@code patienceMs} from now it is asked, then made, to go. */
    void depart(Daemon daemon, long session, HandoffId committed, long patienceMs, boolean terminated) {
        long mostMs = Math.max(patienceMs, before.policy().killGraceMs());
        changeDeparting()
                .add(new Service.Departing(daemon, session, committed, nowNs + mostMs * NS_PER_MS, terminated));
        armExit();
    }

    /** A process that holds nothing and is told nothing more. */
    void dismiss(Daemon daemon) {
        order(new Effect.Kill(before.number(), daemon));
        depart(daemon, Peer.NO_SESSION, HandoffId.NONE, 0, true);
    }

    /** Arms EXIT for the first of the departing whose patience ends. */
    void armExit() {
        if (departing.isEmpty()) {
            cancel(TimerKind.EXIT);
            return;
        }
        long firstNs = Long.MAX_VALUE;
        for (Service.Departing one : departing) {
            firstNs = Math.min(firstNs, one.dueNs());
        }
        armAt(TimerKind.EXIT, firstNs);
    }

    /** Arms a timer, for {@code delayMs} from now. */
    void arm(TimerKind kind, long delayMs) {
        armAt(kind, nowNs + delayMs * NS_PER_MS);
    }

    /** Arms a timer, for a moment; the same moment again orders nothing. */
    void armAt(TimerKind kind, long dueNs) {
        if (!timers.isArmedFor(kind, dueNs)) {
            changed = true;
            timers = timers.with(kind, dueNs);
            order(new Effect.ArmTimer(before.number(), kind, dueNs));
        }
    }

    void cancel(TimerKind kind) {
        if (timers.isArmed(kind)) {
            changed = true;
            timers = timers.without(kind);
            order(new Effect.CancelTimer(before.number(), kind));
        }
    }

    /** Cancels all but EXIT, which belongs to processes that outlive their handoff. */
    void cancelAll() {
        cancel(TimerKind.HEARTBEAT);
        cancelWaits();
    }

    /** As {@link #cancelAll}, where the handoff goes on and so do its heartbeats. */
    void cancelWaits() {
        for (TimerKind kind : TimerKind.values()) {
            if (kind != TimerKind.EXIT && kind != TimerKind.HEARTBEAT) {
                cancel(kind);
            }
        }
    }

    /** A timer has fired: it is armed no more. */
    void fired(TimerKind kind) {
        changed = true;
        timers = timers.without(kind);
    }

    // ---- Sessions, answers, decisions -----------------------------------------------------------------------------------

    /** The number of a session that was never given out before. */
    long newSession() {
        changed = true;
        lastSession++;
        return lastSession;
    }

    Effect connect(long session, Peer incumbent, long withinMs) {
        return new Effect.Connect(before.number(), session, incumbent.daemon().pid(), withinMs, false);
    }

    /** For a handoff's own session, which has to outlive this coordinator. */
    Effect connectToPark(long session, Peer incumbent) {
        return new Effect.Connect(before.number(), session, incumbent.daemon().pid(), before.policy().helloMs(), true);
    }

    void close(long session) {
        order(new Effect.CloseSession(before.number(), session));
    }

    void closeIfOpen(long session) {
        if (session != Peer.NO_SESSION) {
            close(session);
        }
    }

    void sendToIncumbent(Peer peer, Message.ToIncumbent message) {
        order(new Effect.SendToIncumbent(before.number(), peer.session(), message));
    }

    void sendToSuccessor(Peer peer, Message.ToSuccessor message) {
        order(new Effect.SendToSuccessor(before.number(), peer.session(), message));
    }

    /** Tells whoever asked, if somebody still waits. */
    void respond(long requestId, Answer answer) {
        if (requestId != 0) {
            order(new Effect.Respond(requestId, answer));
        }
    }

    void judge(Handoff handoff, Gate gate, Verdict verdict, String detail) {
        note(new Event.GateJudged(stamp(handoff.id()), gate, verdict, detail));
    }

    /** A decision that is owed to the journal until it is there. */
    void note(Event.Decision decision) {
        changeOwed().add(decision);
        order(new Effect.Note(decision));
    }

    /** A decision is in the journal now: the oldest, for they are appended in their order. */
    void noted() {
        if (!owed.isEmpty()) {
            changeOwed().removeFirst();
        }
    }

    Stamp stamp(HandoffId id) {
        return new Stamp(nowNs, before.number(), id);
    }
}
