package dev.handoff.coordinator.core;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.Found;
import dev.handoff.codec.event.Gate;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.Stamp;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.codec.event.Verdict;
import dev.handoff.coordinator.core.State.AwaitingBinary;
import dev.handoff.coordinator.core.State.AwaitingDrained;
import dev.handoff.coordinator.core.State.AwaitingExit;
import dev.handoff.coordinator.core.State.AwaitingIncumbentHello;
import dev.handoff.coordinator.core.State.AwaitingIncumbentProbed;
import dev.handoff.coordinator.core.State.AwaitingIncumbentResumed;
import dev.handoff.coordinator.core.State.AwaitingIncumbentUp;
import dev.handoff.coordinator.core.State.AwaitingLockSeen;
import dev.handoff.coordinator.core.State.AwaitingReady;
import dev.handoff.coordinator.core.State.AwaitingRestart;
import dev.handoff.coordinator.core.State.AwaitingSealComplete;
import dev.handoff.coordinator.core.State.AwaitingSpawn;
import dev.handoff.coordinator.core.State.AwaitingSuccessorExit;
import dev.handoff.coordinator.core.State.AwaitingSuccessorHello;
import dev.handoff.coordinator.core.State.AwaitingSuccessorSpawn;
import dev.handoff.coordinator.core.State.Failed;
import dev.handoff.coordinator.core.State.InHandoff;
import dev.handoff.coordinator.core.State.Serving;
import dev.handoff.coordinator.core.State.Stopped;
import dev.handoff.coordinator.core.State.Undo;
import dev.handoff.coordinator.core.State.WithSuccessor;

/**
 * One service's turn: takes one event and collects what becomes of it. Made and dropped within one {@link Core#step}, so that
 * what it changes is seen by nobody else.
 */
final class Turn {

    private static final long NS_PER_MS = 1_000_000;

    /** A reply may be on the wire when a peer's own budget ends (protocol page, <i>Timing</i>). */
    static final long REPLY_ALLOWANCE_MS = 1_000;

    /** How often each side that announced HEARTBEATS emits one (protocol page, <i>Extensions</i>). */
    static final long HEARTBEAT_MS = 1_000;

    /** The gap that counts as a dead peer between sides that announced HEARTBEATS. */
    static final long HEARTBEAT_GAP_MS = 5_000;

    /** The silence that counts as a dead stock peer, while its reply is awaited (protocol page, <i>Timing</i>). */
    static final long STOCK_SILENCE_MS = 10_000;

    /** A dying process closes its sockets a moment before its pidfd tells; after this long it is not dying. */
    static final long PARTING_MS = 250;

    /** A daemon that served this long before it died starts counting its failed starts anew. */
    static final long SETTLED_MS = 10_000;

    /** The longest pause between two cold starts. */
    static final long RESTART_MAX_MS = 10_000;

    private final Service before;
    private final Event event;
    private final long nowNs;
    private final LastHeard heard;

    private State next;
    private String binary;
    private long lastSession;
    private final SortedMap<TimerKind, Long> timers;
    private final List<Service.Departing> departing;
    private final List<Event.Decision> owed;
    private Service.Last last;
    private final List<Effect> effects = new ArrayList<>();

    Turn(Service before, Event event, LastHeard heard) {
        this.before = before;
        this.event = event;
        this.nowNs = event.stamp().timeNs();
        this.heard = heard;
        this.next = before.state();
        this.binary = before.binary();
        this.lastSession = before.lastSession();
        this.timers = new TreeMap<>(before.timers());
        this.departing = new ArrayList<>(before.departing());
        this.owed = new ArrayList<>(before.owed());
        this.last = before.last();
    }

    /** The service after this turn. */
    Service service() {
        long sinceNs = next.getClass() == before.state().getClass() ? before.sinceNs() : nowNs;
        return new Service(before.number(), before.name(), before.policy(), before.configured(), binary, next, sinceNs,
                lastSession, timers, departing, owed, last);
    }

    List<Effect> effects() {
        return effects;
    }

    /** A service that was just configured is started, unless it runs. */
    Turn startIfStopped() {
        if (next instanceof Stopped) {
            coldStart(0);
        }
        return this;
    }

    /** The coordinator is stopping: everything of this service is asked to end. */
    Turn stop() {
        List<Daemon> ending = new ArrayList<>();
        boolean spawning = false;
        switch (next) {
            case Stopped _,Failed _ -> {
            }
            case AwaitingExit _ -> {
                return this;
            }
            case AwaitingSpawn _ -> spawning = true;
            case AwaitingRestart _ -> {
            }
            case AwaitingIncumbentUp up -> addLiving(ending, up.incumbent());
            case Serving serving -> addLiving(ending, serving.incumbent());
            case InHandoff flight -> {
                spawning = flight instanceof AwaitingSuccessorSpawn;
                if (flight instanceof AwaitingSuccessorSpawn spawn) {
                    close(spawn.session());
                }
                if (flight instanceof WithSuccessor with) {
                    addLiving(ending, with.successor());
                }
                addLiving(ending, flight.incumbent());
                ended(flight.handoff(), flight.incumbent(), Outcome.ROLLED_BACK, "the coordinator is stopping");
            }
        }
        cancelAll();
        for (Service.Departing gone : departing) {
            ending.add(gone.daemon());
            closeIfOpen(gone.session());
        }
        departing.clear();
        awaitExit(ending, spawning);
        return this;
    }

    private void addLiving(List<Daemon> ending, Peer peer) {
        closeIfOpen(peer.session());
        if (peer.alive()) {
            ending.add(peer.daemon());
        }
    }

    private void awaitExit(List<Daemon> ending, boolean spawning) {
        if (ending.isEmpty() && !spawning) {
            next = new Stopped();
            return;
        }
        for (Daemon daemon : ending) {
            effects.add(new Effect.Terminate(before.number(), daemon));
        }
        next = new AwaitingExit(ending, spawning);
        arm(TimerKind.KILL, before.policy().exitMs());
    }

    /** Takes the event. What names no session, as no shell would, is nobody's. */
    Turn take() {
        switch (event) {
            case Event.MessageReceived e when e.session() == Peer.NO_SESSION -> {
            }
            case Event.FrameRejected e when e.session() == Peer.NO_SESSION -> {
            }
            case Event.SessionClosed e when e.session() == Peer.NO_SESSION -> {
            }
            case Event.SwapRequested e -> swapRequested(e);
            case Event.AbortRequested e -> abortRequested(e);
            case Event.BinaryResolved e -> binaryResolved(e);
            case Event.BinaryRejected e -> binaryRejected(e);
            case Event.SpawnOrdered _ -> {
            }
            case Event.Spawned e -> spawned(e);
            case Event.SpawnFailed e -> spawnFailed(e);
            case Event.ProcessExited e -> processExited(e);
            case Event.SessionConnected e -> sessionConnected(e);
            case Event.ConnectFailed e -> connectFailed(e);
            case Event.MessageReceived e -> messageReceived(e);
            case Event.FragmentReceived _ -> {
            }
            case Event.FrameRejected e ->
                broken(e.session(), "sent a bad frame (" + e.kind() + ": " + e.reason() + ")");
            case Event.SessionClosed e -> sessionClosed(e);
            case Event.MessageSending e -> messageSending(e);
            case Event.TimerFired e -> timerFired(e);
            case Event.FencePassed e -> fencePassed(e);
            case Event.LockSeen e -> lockSeen(e);
            case Event.GateJudged _ -> noted();
            case Event.HandoffEnded e -> {
                noted();
                last = new Service.Last(e.stamp().handoffId(), e.outcome(), e.reason(), e.stamp().timeNs());
            }
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _ ->
                {
                }
        }
        return this;
    }

    // ---- Requests -------------------------------------------------------------------------------------------------------

    private void swapRequested(Event.SwapRequested e) {
        switch (next) {
            case Serving serving -> {
                HandoffId id = e.stamp().handoffId();
                long deadlineNs = nowNs + before.policy().deadlineMs() * NS_PER_MS;
                Handoff handoff = new Handoff(id, e.requestId(), nowNs, deadlineNs, e.binary(), e.expectedBuild(), 0,
                        Sent.NOTHING, 0);
                respond(e.requestId(), new Answer.Accepted(id));
                armAt(TimerKind.DEADLINE, deadlineNs + REPLY_ALLOWANCE_MS * NS_PER_MS);
                effects.add(new Effect.ResolveBinary(before.number(), id, e.binary(), binary));
                next = new AwaitingBinary(handoff, serving.incumbent());
            }
            case InHandoff flight -> respond(e.requestId(),
                    new Answer.Busy(flight.handoff().id(), flight.label(), flight.handoff().requestedNs()));
            case Stopped _ -> refuseSwap(e, "it is stopped");
            case AwaitingSpawn _,AwaitingIncumbentUp _ -> refuseSwap(e, "it is starting; ask again once it serves");
            case AwaitingRestart restart ->
                refuseSwap(e, "it waits to be restarted (" + restart.reason() + "); ask again once it serves");
            case Failed failed -> refuseSwap(e, "it was given up: " + failed.reason());
            case AwaitingExit _ -> refuseSwap(e, "it is stopping");
        }
    }

    private void refuseSwap(Event.SwapRequested e, String why) {
        respond(e.requestId(), new Answer.Refused("service " + before.name() + " cannot be swapped now: " + why));
    }

    private void abortRequested(Event.AbortRequested e) {
        switch (next) {
            case AwaitingSuccessorExit _,AwaitingIncumbentResumed _,AwaitingIncumbentProbed _ ->
                respond(e.requestId(), new Answer.NothingToAbort("the handoff is being rolled back already"));
            case InHandoff flight -> {
                respond(e.requestId(), new Answer.Aborting(flight.handoff().id()));
                rollBack(flight, "aborted on request of uid " + e.uid() + " (pid " + e.pid() + ")");
            }
            case Stopped _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,Failed _,AwaitingExit _ ->
                respond(e.requestId(), new Answer.NothingToAbort("no handoff is in flight"));
        }
    }

    // ---- Taking over from a coordinator that died ----------------------------------------------------------------------

    /** Does what the dead coordinator may not have got to; {@link RestartTable} says what that is. */
    Turn restarted(Found found, String damage) {
        timers.forEach((kind, dueNs) -> effects.add(new Effect.ArmTimer(before.number(), kind, dueNs)));
        owed.forEach(decision -> effects.add(new Effect.Note(decision)));
        if (next instanceof InHandoff flight) {
            next = withHandoff(flight, flight.handoff().takenOver());
        }
        for (Service.Departing gone : departing) {
            if (!gone.committed().equals(HandoffId.NONE) && found.sessions().contains(gone.session())) {
                // A second Commit does no harm, and a first one may be missing.
                effects.add(new Effect.SendToIncumbent(before.number(), gone.session(),
                        new Message.Commit(gone.committed())));
            }
        }
        Situations situations = new Situations(before, heard);
        remedy(RestartTable.rowFor(situations.of(next, found, !damage.isEmpty())).remedy(), found, damage);
        return this;
    }

    private void remedy(RestartTable.Remedy remedy, Found found, String damage) {
        switch (remedy) {
            case GO_ON -> {
            }
            case START_COLD -> {
                abandonFlight(found, damage);
                coldStart(next instanceof AwaitingSpawn spawn ? spawn.attempt() : 0);
            }
            case ADOPT_HOLDER -> {
                abandonFlight(found, damage);
                adopt(new Daemon(found.holderPid(), found.holderTicks(), "", ""));
            }
            case ADOPT_INCUMBENT -> {
                Daemon daemon = incumbentOf(next).daemon();
                abandonFlight(found, damage);
                adopt(daemon);
            }
            case TAKE_SPAWNED -> takeSpawned(found);
            case CONNECT -> {
                if (next instanceof AwaitingIncumbentUp up) {
                    comingUp(up.incumbent().daemon(), up.attempt(), up.adopted());
                }
            }
            case RESOLVE -> {
                if (next instanceof AwaitingBinary a) {
                    effects.add(
                            new Effect.ResolveBinary(before.number(), a.handoff().id(), a.handoff().binary(), binary));
                }
            }
            case GREET_INCUMBENT -> {
                if (next instanceof InHandoff flight) {
                    closeIfOpen(flight.incumbent().session());
                    dismissSpawning(found);
                    cancelWaitsButDeadline();
                    greet(flight.handoff().withSent(Sent.NOTHING), flight.incumbent().disconnected());
                }
            }
            case SPAWN_AFRESH -> {
                if (next instanceof InHandoff flight) {
                    dismissSpawning(found);
                    cancelWaitsButDeadline();
                    spawnSuccessor(flight.handoff().withSent(flight.handoff().sent().withoutAllTo(Side.SUCCESSOR)),
                            flight.incumbent());
                }
            }
            case SEND -> sendDue(found);
            case FENCE -> fenceRequest();
            case LOOK_AT_LOCK -> {
                if (next instanceof AwaitingLockSeen a) {
                    effects.add(new Effect.LookAtLock(before.number(), a.handoff().id()));
                }
            }
            case TERMINATE -> terminateAgain(found);
            case UNDO -> {
                if (next instanceof AwaitingIncumbentResumed a) {
                    MessageKind kind = a.undo() == Undo.SEAL ? MessageKind.RESUME_AFTER_ABORT : MessageKind.ABORT;
                    settleIncumbent(a.handoff().unsent(Side.INCUMBENT, kind), a.incumbent(), a.undo(), a.reason());
                }
            }
            case FENCE_UNDO -> {
                if (next instanceof AwaitingIncumbentResumed a) {
                    fence(a.handoff(), a.incumbent(), a.undo(), a.reason());
                }
            }
            case PROBE -> {
                if (next instanceof AwaitingIncumbentProbed a) {
                    closeIfOpen(a.incumbent().session());
                    probe(a.handoff(), a.incumbent().disconnected(), a.reason(), a.doubt());
                }
            }
        }
    }

    private static Peer incumbentOf(State state) {
        return switch (state) {
            case AwaitingIncumbentUp up -> up.incumbent();
            case Serving serving -> serving.incumbent();
            case InHandoff flight -> flight.incumbent();
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingRestart _,AwaitingExit _ ->
                throw new IllegalStateException(state.label() + " names no incumbent");
        };
    }

    /** What was in flight cannot be told any more: its sessions end, its processes are let go of. */
    private void abandonFlight(Found found, String damage) {
        if (next instanceof InHandoff flight) {
            String why = damage.isEmpty()
                    ? "another process than those of this handoff serves"
                    : "the journal is damaged: " + damage;
            ended(flight.handoff(), flight.incumbent(), Outcome.INDETERMINATE, why);
            if (flight instanceof WithSuccessor with) {
                closeIfOpen(with.successor().session());
                letGo(with.successor());
            }
            if (flight instanceof AwaitingSuccessorSpawn) {
                dismissSpawning(found);
            }
            closeIfOpen(flight.incumbent().session());
            letGo(flight.incumbent());
        } else if (next instanceof Serving serving) {
            closeIfOpen(serving.incumbent().session());
            letGo(serving.incumbent());
        } else if (next instanceof AwaitingIncumbentUp up) {
            closeIfOpen(up.incumbent().session());
            letGo(up.incumbent());
        } else if (next instanceof AwaitingSpawn) {
            dismissSpawning(found);
        } else if (next instanceof AwaitingExit exit) {
            exit.daemons().forEach(daemon -> depart(daemon, Peer.NO_SESSION, HandoffId.NONE, 0, true));
            dismissFound(found, "");
        }
        cancelAll();
    }

    private void letGo(Peer peer) {
        if (peer.alive()) {
            depart(peer.daemon(), Peer.NO_SESSION, HandoffId.NONE, before.policy().exitMs(), false);
        }
    }

    /** Whoever is adopted is not on its way out. */
    private void adopt(Daemon daemon) {
        departing.removeIf(gone -> gone.daemon().pid() == daemon.pid());
        armExit();
        comingUp(daemon, 0, true);
    }

    private void takeSpawned(Found found) {
        switch (next) {
            case AwaitingSpawn spawn -> comingUp(
                    new Daemon(found.spawnedPid(), found.spawnedTicks(), spawn.binary(), ""), spawn.attempt(), false);
            case AwaitingSuccessorSpawn spawn -> successorSpawned(spawn, found.spawnedPid(), found.spawnedTicks());
            case Stopped _,Failed _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ -> {
            }
        }
    }

    /** A process that holds nothing yet makes room for another. */
    private void dismissSpawning(Found found) {
        switch (next) {
            case AwaitingSpawn spawn -> dismissFound(found, spawn.binary());
            case AwaitingSuccessorSpawn spawn -> {
                close(spawn.session());
                dismissFound(found, spawn.handoff().binary());
            }
            case WithSuccessor with -> {
                closeIfOpen(with.successor().session());
                dismiss(with.successor().daemon());
            }
            case Stopped _,Failed _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ -> {
            }
        }
    }

    private void dismissFound(Found found, String startedFrom) {
        if (found.spawnedPid() != 0 && found.spawnedPid() != found.holderPid()) {
            dismiss(new Daemon(found.spawnedPid(), found.spawnedTicks(), startedFrom, ""));
        }
    }

    private void cancelWaitsButDeadline() {
        cancel(TimerKind.HELLO);
        cancel(TimerKind.DRAIN);
        cancel(TimerKind.SILENCE);
        cancel(TimerKind.PARTING);
    }

    /** Writes what is due in the phase and was not written, or may be written twice. */
    private void sendDue(Found found) {
        if (!(next instanceof WithSuccessor with)) {
            return;
        }
        Situations situations = new Situations(before, heard);
        Handoff handoff = with.handoff();
        if (situations.request(handoff, Side.SUCCESSOR, MessageKind.HELLO_ACK) != RestartTable.Request.WRITTEN) {
            handoff = handoff.unsent(Side.SUCCESSOR, MessageKind.HELLO_ACK);
            sendToSuccessor(with.successor(), new Message.HelloAck(Message.PROTOCOL_VERSION, handoff.id()));
            firstHeartbeat(with.successor(), Side.SUCCESSOR);
        }
        next = withHandoff(with, handoff);
        switch (with) {
            case AwaitingDrained a -> {
                if (a.incumbent().alive() && found.sessions().contains(a.incumbent().session())) {
                    prepare(handoff.unsent(Side.INCUMBENT, MessageKind.PREPARE_HANDOFF), a.incumbent(), a.successor());
                }
            }
            case AwaitingSealComplete a -> requestSeal(handoff.unsent(Side.INCUMBENT, MessageKind.SEAL_REQUEST),
                    a.incumbent(), a.successor());
            case AwaitingReady a ->
                begin(handoff.unsent(Side.SUCCESSOR, MessageKind.BEGIN), a.incumbent(), a.successor(), a.sealed());
            case AwaitingSuccessorHello _,AwaitingLockSeen _,AwaitingSuccessorExit _ -> {
            }
        }
    }

    private void fenceRequest() {
        switch (next) {
            case AwaitingDrained a -> {
                effects.add(new Effect.Fence(before.number(), a.incumbent().session()));
                next = new AwaitingDrained(a.handoff(), a.incumbent(), a.successor(), true);
            }
            case AwaitingSealComplete a -> {
                effects.add(new Effect.Fence(before.number(), a.incumbent().session()));
                next = new AwaitingSealComplete(a.handoff(), a.incumbent(), a.successor(), a.shardsSealed(),
                        a.shardsTotal(), true);
            }
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ ->
                {
                }
        }
    }

    private void terminateAgain(Found found) {
        switch (next) {
            case AwaitingSuccessorExit a -> effects.add(new Effect.Terminate(before.number(), a.successor().daemon()));
            case AwaitingExit exit -> {
                for (Daemon daemon : exit.daemons()) {
                    effects.add(new Effect.Terminate(before.number(), daemon));
                }
                if (exit.spawning() && found.spawnedPid() != 0) {
                    joinExit(exit, found.spawnedPid(), found.spawnedTicks());
                } else {
                    next = new AwaitingExit(exit.daemons(), false);
                    stoppedIfGone(exit.daemons(), false);
                }
            }
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,InHandoff _ -> {
            }
        }
    }

    // ---- Starting processes ---------------------------------------------------------------------------------------------

    private void binaryResolved(Event.BinaryResolved e) {
        // An aborted handoff's hash may still be under way: its answer is not this one's.
        if (!(next instanceof AwaitingBinary awaiting) || !e.stamp().handoffId().equals(awaiting.handoff().id())) {
            return;
        }
        Handoff handoff = awaiting.handoff().withBinary(e.path());
        if (awaiting.incumbent().connected()) {
            // The session of an earlier handoff: its HelloAck was written then.
            spawnSuccessor(handoff.withSent(handoff.sent().and(Side.INCUMBENT, MessageKind.HELLO_ACK)),
                    awaiting.incumbent());
            return;
        }
        greet(handoff, awaiting.incumbent());
    }

    private void greet(Handoff handoff, Peer incumbent) {
        long session = newSession();
        effects.add(connectToPark(session, incumbent));
        next = new AwaitingIncumbentHello(handoff, incumbent.withSession(session));
    }

    private void binaryRejected(Event.BinaryRejected e) {
        if (next instanceof AwaitingBinary awaiting && e.stamp().handoffId().equals(awaiting.handoff().id())) {
            rollBack(awaiting, e.reason());
        }
    }

    private void spawnSuccessor(Handoff handoff, Peer incumbent) {
        long session = newSession();
        effects.add(new Effect.SpawnSuccessor(before.number(), handoff.id(), session, handoff.binary()));
        next = new AwaitingSuccessorSpawn(handoff, incumbent, session);
    }

    private void spawned(Event.Spawned e) {
        switch (next) {
            case AwaitingSpawn spawn when e.role() == Side.INCUMBENT ->
                comingUp(new Daemon(e.pid(), e.startTicks(), spawn.binary(), ""), spawn.attempt(), false);
            case AwaitingSuccessorSpawn spawn when e.role() == Side.SUCCESSOR
                    && e.stamp().handoffId().equals(spawn.handoff().id()) ->
                successorSpawned(spawn, e.pid(), e.startTicks());
            case AwaitingExit exit -> joinExit(exit, e.pid(), e.startTicks());
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,InHandoff _ -> {
                // Its handoff was over before it turned up. It was told nothing, so it holds nothing.
                dismiss(new Daemon(e.pid(), e.startTicks(), "", ""));
            }
        }
    }

    private void comingUp(Daemon daemon, int attempt, boolean adopted) {
        long session = newSession();
        Peer incumbent = Peer.of(daemon).withSession(session);
        effects.add(connect(session, incumbent, before.policy().startMs()));
        arm(TimerKind.START, before.policy().startMs() + REPLY_ALLOWANCE_MS);
        next = new AwaitingIncumbentUp(incumbent, attempt, adopted);
    }

    private void successorSpawned(AwaitingSuccessorSpawn spawn, long pid, long startTicks) {
        Daemon successor = new Daemon(pid, startTicks, spawn.handoff().binary(), "");
        arm(TimerKind.HELLO, before.policy().helloMs());
        next = new AwaitingSuccessorHello(spawn.handoff(), spawn.incumbent(),
                Peer.of(successor).withSession(spawn.session()));
    }

    private void joinExit(AwaitingExit exit, long pid, long startTicks) {
        Daemon daemon = new Daemon(pid, startTicks, "", "");
        List<Daemon> daemons = new ArrayList<>(exit.daemons());
        daemons.add(daemon);
        effects.add(new Effect.Terminate(before.number(), daemon));
        arm(TimerKind.KILL, before.policy().exitMs());
        next = new AwaitingExit(daemons, false);
    }

    private void spawnFailed(Event.SpawnFailed e) {
        switch (next) {
            case AwaitingSpawn spawn when e.role() == Side.INCUMBENT -> startFailed(spawn.attempt(), e.reason());
            case AwaitingSuccessorSpawn spawn when e.role() == Side.SUCCESSOR
                    && e.stamp().handoffId().equals(spawn.handoff().id()) ->
                rollBack(spawn, "the successor could not be started: " + e.reason());
            case AwaitingExit exit -> {
                next = new AwaitingExit(exit.daemons(), false);
                stoppedIfGone(exit.daemons(), false);
            }
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,InHandoff _ -> {
            }
        }
    }

    private void coldStart(int attempt) {
        cancelAll();
        effects.add(new Effect.SpawnIncumbent(before.number(), binary));
        next = new AwaitingSpawn(binary, attempt);
    }

    private void startFailed(int attempt, String reason) {
        cancelAll();
        int failed = attempt + 1;
        if (failed > before.policy().restartLimit()) {
            next = new Failed("gave up after " + failed
                    + (failed == 1 ? " failed start: " : " failed starts in a row; the last: ")
                    + reason);
            return;
        }
        long firstMs = Math.min(RESTART_MAX_MS, before.policy().restartMs());
        long pauseMs = Math.min(RESTART_MAX_MS, firstMs << Math.min(attempt, 20));
        arm(TimerKind.RESTART, pauseMs);
        next = new AwaitingRestart(failed, reason);
    }

    // ---- Processes ------------------------------------------------------------------------------------------------------

    private void processExited(Event.ProcessExited e) {
        for (Service.Departing gone : departing) {
            if (gone.daemon().pid() == e.pid()) {
                closeIfOpen(gone.session());
                departing.remove(gone);
                armExit();
                return;
            }
        }
        switch (next) {
            case AwaitingIncumbentUp up when up.incumbent().daemon().pid() == e.pid() -> {
                closeIfOpen(up.incumbent().session());
                startFailed(up.attempt(), "the daemon ended before its control socket answered (" + e.status() + ")");
            }
            case Serving serving when serving.incumbent().daemon().pid() == e.pid() -> {
                closeIfOpen(serving.incumbent().session());
                boolean settled = nowNs - serving.sinceNs() >= SETTLED_MS * NS_PER_MS;
                startFailed(settled ? 0 : serving.attempt(), "the daemon ended (" + e.status() + ")");
            }
            case AwaitingExit exit -> {
                List<Daemon> left = new ArrayList<>(exit.daemons());
                left.removeIf(daemon -> daemon.pid() == e.pid());
                next = new AwaitingExit(left, exit.spawning());
                stoppedIfGone(left, exit.spawning());
            }
            case WithSuccessor with when with.successor().daemon().pid() == e.pid() -> successorDied(with, e.status());
            case InHandoff flight when flight.incumbent().daemon().pid() == e.pid() ->
                incumbentDied(flight, e.status());
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,InHandoff _ -> {
            }
        }
    }

    private void stoppedIfGone(List<Daemon> left, boolean spawning) {
        if (left.isEmpty() && !spawning) {
            cancelAll();
            next = new Stopped();
        }
    }

    private void successorDied(WithSuccessor with, ExitStatus status) {
        closeIfOpen(with.successor().session());
        if (with instanceof AwaitingSuccessorExit exit) {
            // A process that ends by itself closes its channel a moment before: how it ended is what a person needs.
            String how = status instanceof ExitStatus.Exited ? "; it ended (" + status + ")" : "";
            settleIncumbent(exit.handoff(), exit.incumbent(), exit.undo(), exit.reason() + how);
        } else {
            settleIncumbent(with.handoff(), with.incumbent(), undoOf(with),
                    "the successor ended (" + status + ") in " + with.label());
        }
    }

    private void incumbentDied(InHandoff flight, ExitStatus status) {
        closeIfOpen(flight.incumbent().session());
        cancel(TimerKind.PARTING);
        Peer dead = flight.incumbent().dead();
        String how = "the incumbent ended (" + status + ") in " + flight.label();
        switch (flight) {
            case AwaitingBinary a -> settleIncumbent(a.handoff(), dead, Undo.NOTHING, how);
            case AwaitingIncumbentHello a -> settleIncumbent(a.handoff(), dead, Undo.NOTHING, how);
            case AwaitingSuccessorSpawn a ->
                next = new AwaitingSuccessorSpawn(a.handoff().withGapStart(nowNs), dead, a.session());
            case AwaitingSuccessorHello a ->
                next = new AwaitingSuccessorHello(a.handoff().withGapStart(nowNs), dead, a.successor());
            case AwaitingDrained a -> begin(a.handoff(), dead, a.successor(), new Sealed.Never());
            case AwaitingSealComplete a -> begin(a.handoff(), dead, a.successor(), new Sealed.Never());
            case AwaitingReady a -> next = new AwaitingReady(a.handoff(), dead, a.successor(), a.sealed());
            case AwaitingLockSeen a -> next = new AwaitingLockSeen(a.handoff(), dead, a.successor(), a.sealed());
            case AwaitingSuccessorExit a ->
                next = new AwaitingSuccessorExit(a.handoff(), dead, a.successor(), a.undo(), a.reason());
            case AwaitingIncumbentResumed a -> settleIncumbent(a.handoff(), dead, a.undo(), a.reason());
            case AwaitingIncumbentProbed a -> settleIncumbent(a.handoff(), dead, Undo.NOTHING, a.reason());
        }
    }

    // ---- Sessions -------------------------------------------------------------------------------------------------------

    private void sessionConnected(Event.SessionConnected e) {
        switch (next) {
            case AwaitingIncumbentUp up when up.incumbent().session() == e.session() -> {
            }
            case AwaitingIncumbentHello a when a.incumbent().session() == e.session() ->
                arm(TimerKind.HELLO, before.policy().helloMs());
            case AwaitingIncumbentProbed a when a.incumbent().session() == e.session() -> {
            }
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ ->
                close(e.session());
        }
    }

    private void connectFailed(Event.ConnectFailed e) {
        switch (next) {
            case AwaitingIncumbentUp up when up.incumbent().session() == e.session() ->
                notUp(up, "its control socket does not answer: " + e.reason());
            case AwaitingIncumbentHello a when a.incumbent().session() == e.session() ->
                rolledBack(a.handoff(), a.incumbent().disconnected(),
                        "the incumbent could not be reached", "its control socket does not answer: " + e.reason());
            case AwaitingIncumbentProbed a when a.incumbent().session() == e.session() ->
                rolledBack(a.handoff(), a.incumbent().disconnected(), a.reason(),
                        "its control socket does not answer: " + e.reason());
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ ->
                {
                }
        }
    }

    private void sessionClosed(Event.SessionClosed e) {
        long session = e.session();
        switch (next) {
            case AwaitingIncumbentUp up when up.incumbent().session() == session -> {
                close(session);
                reconnect(up);
            }
            case Serving serving when serving.incumbent().session() == session -> {
                close(session);
                next = new Serving(serving.incumbent().disconnected(), serving.sinceNs(), serving.doubt(),
                        serving.attempt());
            }
            case WithSuccessor with when with.successor().session() == session -> {
                close(session);
                successorHungUp(with, e.cause());
            }
            case InHandoff flight when flight.incumbent().session() == session -> {
                close(session);
                incumbentHungUp(flight, e.cause());
            }
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ ->
                departedHungUp(session);
        }
    }

    private void successorHungUp(WithSuccessor with, String cause) {
        Peer alone = with.successor().disconnected();
        switch (with) {
            // A stock N closes its channel right after Ready: nothing more is due on it.
            case AwaitingLockSeen a -> next = new AwaitingLockSeen(a.handoff(), a.incumbent(), alone, a.sealed());
            case AwaitingSuccessorExit a ->
                next = new AwaitingSuccessorExit(a.handoff(), a.incumbent(), alone, a.undo(), a.reason());
            case AwaitingSuccessorHello _,AwaitingDrained _,AwaitingSealComplete _,AwaitingReady _ ->
                killSuccessor(with, with.incumbent(), alone, undoOf(with),
                        "the successor closed its channel in " + with.label() + " (" + cause + ")");
        }
    }

    private void departedHungUp(long session) {
        departing.replaceAll(gone -> {
            if (gone.session() != session) {
                return gone;
            }
            close(session);
            return new Service.Departing(gone.daemon(), Peer.NO_SESSION, gone.committed(), gone.dueNs(),
                    gone.terminated());
        });
    }

    private void reconnect(AwaitingIncumbentUp up) {
        long session = newSession();
        Peer incumbent = up.incumbent().withSession(session);
        effects.add(connect(session, incumbent, before.policy().startMs()));
        next = new AwaitingIncumbentUp(incumbent, up.attempt(), up.adopted());
    }

    /** A daemon that this coordinator started is killed, so that the next attempt can begin; one that was found is left to serve. */
    private void notUp(AwaitingIncumbentUp up, String why) {
        Peer incumbent = up.incumbent().disconnected();
        if (up.adopted()) {
            cancel(TimerKind.START);
            next = new Serving(incumbent, nowNs, "it was found running, and " + why, up.attempt());
        } else {
            effects.add(new Effect.Kill(before.number(), incumbent.daemon()));
            next = new AwaitingIncumbentUp(incumbent, up.attempt(), false);
        }
    }

    private void incumbentHungUp(InHandoff flight, String cause) {
        Peer alone = flight.incumbent().disconnected();
        switch (flight) {
            // Whether it died or only closed, its pidfd will have said by then.
            case AwaitingIncumbentHello a -> {
                arm(TimerKind.PARTING, PARTING_MS);
                next = new AwaitingIncumbentHello(a.handoff(), alone);
            }
            case AwaitingSuccessorSpawn a -> {
                arm(TimerKind.PARTING, PARTING_MS);
                next = new AwaitingSuccessorSpawn(a.handoff(), alone, a.session());
            }
            case AwaitingSuccessorHello a -> {
                arm(TimerKind.PARTING, PARTING_MS);
                next = new AwaitingSuccessorHello(a.handoff(), alone, a.successor());
            }
            case AwaitingDrained a -> {
                arm(TimerKind.PARTING, PARTING_MS);
                next = new AwaitingDrained(a.handoff(), alone, a.successor(), a.unsure());
            }
            case AwaitingSealComplete a -> {
                arm(TimerKind.PARTING, PARTING_MS);
                next = new AwaitingSealComplete(a.handoff(), alone, a.successor(), a.shardsSealed(), a.shardsTotal(),
                        a.unsure());
            }
            case AwaitingReady a -> next = new AwaitingReady(a.handoff(), alone, a.successor(), a.sealed());
            case AwaitingLockSeen a -> next = new AwaitingLockSeen(a.handoff(), alone, a.successor(), a.sealed());
            case AwaitingSuccessorExit a ->
                next = new AwaitingSuccessorExit(a.handoff(), alone, a.successor(), a.undo(), a.reason());
            case AwaitingIncumbentResumed a ->
                probe(a.handoff(), alone, a.reason(), doubtOfHangUp(a.undo(), alone));
            case AwaitingIncumbentProbed a -> probeAgain(a, cause);
            case AwaitingBinary a -> next = new AwaitingBinary(a.handoff(), alone);
        }
    }

    /** A peer broke the protocol: its session ends, and with it the handoff. */
    private void broken(long session, String what) {
        switch (next) {
            case WithSuccessor with when with.successor().session() == session
                    && !(with instanceof AwaitingSuccessorExit) ->
                killSuccessor(with, with.incumbent(), with.successor(), undoOf(with),
                        "the successor " + what + " in " + with.label());
            case AwaitingIncumbentUp up when up.incumbent().session() == session -> {
                close(session);
                notUp(up, "it " + what);
            }
            case Serving serving when serving.incumbent().session() == session -> {
                close(session);
                next = new Serving(serving.incumbent().disconnected(), serving.sinceNs(), serving.doubt(),
                        serving.attempt());
            }
            case InHandoff flight when flight.incumbent().session() == session -> {
                close(session);
                incumbentBroke(flight, "the incumbent " + what + " in " + flight.label());
            }
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ ->
                departedHungUp(session);
        }
    }

    private void incumbentBroke(InHandoff flight, String reason) {
        Peer alone = flight.incumbent().disconnected();
        switch (flight) {
            case AwaitingSuccessorHello a -> killSuccessor(a, alone, a.successor(), Undo.HANG_UP, reason);
            case AwaitingDrained a -> killSuccessor(a, alone, a.successor(), Undo.HANG_UP, reason);
            case AwaitingSealComplete a -> killSuccessor(a, alone, a.successor(), Undo.HANG_UP, reason);
            case AwaitingReady a -> next = new AwaitingReady(a.handoff(), alone, a.successor(), a.sealed());
            case AwaitingLockSeen a -> next = new AwaitingLockSeen(a.handoff(), alone, a.successor(), a.sealed());
            case AwaitingSuccessorExit a ->
                next = new AwaitingSuccessorExit(a.handoff(), alone, a.successor(), a.undo(), a.reason());
            case AwaitingSuccessorSpawn a -> {
                close(a.session());
                probe(a.handoff(), alone, reason, "");
            }
            case AwaitingIncumbentHello a ->
                // Nothing was asked of it; that it speaks something else is no doubt about its service.
                rolledBack(a.handoff(), alone, reason, "");
            case AwaitingIncumbentResumed a -> probe(a.handoff(), alone, a.reason(), "");
            case AwaitingIncumbentProbed a -> rolledBack(a.handoff(), alone, a.reason(), reason);
            case AwaitingBinary a -> next = new AwaitingBinary(a.handoff(), alone);
        }
    }

    // ---- Messages -------------------------------------------------------------------------------------------------------

    private void messageSending(Event.MessageSending e) {
        if (next instanceof InHandoff flight && flight.handoff().id().equals(e.stamp().handoffId())) {
            Handoff handoff = flight.handoff().withSent(flight.handoff().sent().and(e.to(), e.message().kind()));
            next = withHandoff(flight, handoff);
        }
    }

    private void messageReceived(Event.MessageReceived e) {
        long session = e.session();
        switch (next) {
            case AwaitingIncumbentUp up when up.incumbent().session() == session -> upHello(up, e);
            case WithSuccessor with when with.successor().session() == session -> fromSuccessor(with, e);
            case InHandoff flight when flight.incumbent().session() == session -> fromIncumbent(flight, e);
            case Serving serving when serving.incumbent().session() == session -> {
                if (!skippable(e.message())) {
                    broken(session, "sent " + e.message().kind().wireName() + " outside a handoff");
                }
            }
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ -> {
                // A late word on a session that no longer matters, such as a departing incumbent's.
            }
        }
    }

    /** What S skips while it waits for something else (protocol page, the rows under the failure table). */
    private static boolean skippable(Message message) {
        return message instanceof Message.Heartbeat || message instanceof Message.SealProgress
                || message instanceof Message.Drained;
    }

    /** Whether this is the session that this side's participant has now. */
    static boolean isCurrent(State state, long session, Side from) {
        return session != Peer.NO_SESSION && switch (from) {
            case INCUMBENT -> switch (state) {
                case AwaitingIncumbentUp up -> up.incumbent().session() == session;
                case Serving serving -> serving.incumbent().session() == session;
                case InHandoff flight -> flight.incumbent().session() == session;
                case Stopped _,Failed _,AwaitingSpawn _,AwaitingRestart _,AwaitingExit _ -> false;
            };
            case SUCCESSOR -> state instanceof WithSuccessor with && with.successor().session() == session;
        };
    }

    /** Whether a heartbeat on this session changes nothing but when its sender was last heard. Allocates nothing. */
    static boolean isQuiet(State state, long session, Side from, int protoVersion) {
        return protoVersion == Message.PROTOCOL_VERSION && isCurrent(state, session, from) && switch (state) {
            case AwaitingIncumbentUp _,AwaitingIncumbentHello _,AwaitingIncumbentProbed _ -> false;
            // Before its HelloAck a successor's heartbeat is an error; the incumbent has its own by then.
            case AwaitingSuccessorHello _ -> from == Side.INCUMBENT;
            case Stopped _,Failed _,AwaitingSpawn _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ -> true;
        };
    }

    private void upHello(AwaitingIncumbentUp up, Event.MessageReceived e) {
        if (e.message() instanceof Message.Hello hello && hello.role() == Side.INCUMBENT) {
            cancel(TimerKind.START);
            close(e.session());
            next = new Serving(up.incumbent().greeted(hex(hello.buildId()), hello.capabilities()).disconnected(), nowNs,
                    "", up.attempt());
        } else {
            broken(e.session(), "sent " + name(e.message()) + " where Hello(Incumbent) was due");
        }
    }

    private void fromIncumbent(InHandoff flight, Event.MessageReceived e) {
        Message message = e.message();
        String unexpected = "sent " + name(message) + " out of order";
        switch (flight) {
            case AwaitingIncumbentHello a -> {
                if (message instanceof Message.Hello hello && hello.role() == Side.INCUMBENT) {
                    incumbentGreeted(a, hello);
                } else {
                    broken(e.session(), unexpected);
                }
            }
            case AwaitingIncumbentProbed a -> {
                if (message instanceof Message.Hello hello && hello.role() == Side.INCUMBENT) {
                    close(e.session());
                    rolledBack(a.handoff(),
                            a.incumbent().greeted(hex(hello.buildId()), hello.capabilities()).disconnected(),
                            a.reason(), a.doubt());
                } else {
                    broken(e.session(), unexpected);
                }
            }
            case AwaitingDrained a when versionFits(e) && message instanceof Message.Drained ->
                drained(a);
            case AwaitingSealComplete a when versionFits(e) && !(message instanceof Message.Heartbeat) ->
                sealing(a, e);
            case AwaitingBinary _,AwaitingSuccessorSpawn _,AwaitingSuccessorHello _,AwaitingDrained _,AwaitingSealComplete _,AwaitingReady _,AwaitingLockSeen _,AwaitingSuccessorExit _,AwaitingIncumbentResumed _ -> {
                if (!versionFits(e)) {
                    broken(e.session(), "used protocol version " + e.protoVersion() + " after agreeing on "
                            + Message.PROTOCOL_VERSION);
                } else if (!skippable(message) && !lateSealAnswer(flight, message) && !seenAgain(flight, message)) {
                    broken(e.session(), unexpected);
                }
            }
        }
    }

    /** The answer to a seal that was given up meanwhile; the session's end, which follows, has it resume. */
    private static boolean lateSealAnswer(InHandoff flight, Message message) {
        return flight instanceof AwaitingSuccessorExit
                && (message instanceof Message.SealComplete || message instanceof Message.SealFailed);
    }

    /**
     * A coordinator that died between appending a frame and taking it from its socket leaves it to be read again (protocol page,
     * <i>Surviving the supervisor's death</i>); what is meant here comes once in a session.
     */
    private static boolean seenAgain(InHandoff flight, Message message) {
        return flight.handoff().takeovers() > 0 && switch (flight) {
            // The incumbent's answer may be read before the successor's Hello is seen again.
            case AwaitingDrained _,AwaitingSealComplete _ -> message instanceof Message.Hello;
            case AwaitingReady _ -> message instanceof Message.SealComplete || message instanceof Message.Hello;
            case AwaitingLockSeen _ -> message instanceof Message.SealComplete || message instanceof Message.Ready;
            case AwaitingBinary _,AwaitingIncumbentHello _,AwaitingSuccessorSpawn _,AwaitingSuccessorHello _,AwaitingSuccessorExit _,AwaitingIncumbentResumed _,AwaitingIncumbentProbed _ ->
                false;
        };
    }

    private static boolean versionFits(Event.MessageReceived e) {
        return e.protoVersion() == Message.PROTOCOL_VERSION;
    }

    private void incumbentGreeted(AwaitingIncumbentHello a, Message.Hello hello) {
        cancel(TimerKind.HELLO);
        Peer incumbent = a.incumbent().greeted(hex(hello.buildId()), hello.capabilities());
        if (!speaksOurs(hello)) {
            close(incumbent.session());
            rolledBack(a.handoff(), incumbent.disconnected(), noCommonVersion("incumbent", hello), "");
            return;
        }
        sendToIncumbent(incumbent, new Message.HelloAck(Message.PROTOCOL_VERSION, a.handoff().id()));
        firstHeartbeat(incumbent, Side.INCUMBENT);
        spawnSuccessor(a.handoff(), incumbent);
    }

    private void drained(AwaitingDrained a) {
        cancel(TimerKind.DRAIN);
        Handoff handoff = a.handoff().withGapStart(nowNs);
        requestSeal(handoff, a.incumbent(), a.successor());
    }

    private void requestSeal(Handoff handoff, Peer incumbent, Peer successor) {
        sendToIncumbent(incumbent, new Message.SealRequest(handoff.id()));
        next = new AwaitingSealComplete(handoff, incumbent, successor, 0, 0, false);
        watch();
    }

    private void sealing(AwaitingSealComplete a, Event.MessageReceived e) {
        switch (e.message()) {
            case Message.SealProgress progress -> next = new AwaitingSealComplete(a.handoff(), a.incumbent(),
                    a.successor(), progress.shardsSealed(), progress.shardsTotal(), false);
            case Message.SealComplete complete when complete.handoffId().equals(a.handoff().id()) ->
                begin(a.handoff(), a.incumbent(), a.successor(),
                        new Sealed.Complete(complete.lastRevisionPerShard(), complete.dataDirFingerprint()));
            case Message.SealFailed failed when failed.handoffId().equals(a.handoff().id()) ->
                killSuccessor(a, a.incumbent(), a.successor(), Undo.HANG_UP, "the seal failed: " + failed.error()
                        + (failed.partialState().isEmpty() ? "" : " (" + failed.partialState() + ")"));
            case Message.SealComplete complete ->
                broken(e.session(), "sent SealComplete for handoff " + complete.handoffId());
            case Message.SealFailed failed ->
                broken(e.session(), "sent SealFailed for handoff " + failed.handoffId());
            case Message.Drained _,Message.Heartbeat _ -> {
            }
            case Message.Hello _,Message.HelloAck _,Message.PrepareHandoff _,Message.SealRequest _,Message.Begin _,Message.Ready _,Message.Commit _,Message.Abort _,Message.ResumeAfterAbort _ ->
                broken(e.session(), "sent " + e.message().kind().wireName() + " out of order");
        }
    }

    private void fromSuccessor(WithSuccessor with, Event.MessageReceived e) {
        Message message = e.message();
        switch (with) {
            case AwaitingSuccessorHello a -> {
                if (message instanceof Message.Hello hello && hello.role() == Side.SUCCESSOR) {
                    successorGreeted(a, hello);
                } else {
                    broken(e.session(), "sent " + name(message) + " where Hello(Successor) was due");
                }
            }
            case AwaitingReady a when versionFits(e) && message instanceof Message.Ready ready -> {
                if (ready.handoffId().equals(a.handoff().id())) {
                    ready(a, ready);
                } else {
                    broken(e.session(), "sent Ready for handoff " + ready.handoffId());
                }
            }
            case AwaitingSuccessorExit _ -> {
                // It is being killed; nothing it says matters.
            }
            case AwaitingDrained _,AwaitingSealComplete _,AwaitingReady _,AwaitingLockSeen _ -> {
                if (!versionFits(e)) {
                    broken(e.session(), "used protocol version " + e.protoVersion() + " after agreeing on "
                            + Message.PROTOCOL_VERSION);
                } else if (!(message instanceof Message.Heartbeat) && !seenAgain(with, message)) {
                    broken(e.session(), "sent " + message.kind().wireName() + " out of order");
                }
            }
        }
    }

    private void successorGreeted(AwaitingSuccessorHello a, Message.Hello hello) {
        cancel(TimerKind.HELLO);
        Handoff handoff = a.handoff();
        String build = hex(hello.buildId());
        Peer successor = a.successor().greeted(build, hello.capabilities());
        if (hello.pid() != successor.daemon().pid()) {
            killSuccessor(a, a.incumbent(), successor, Undo.NOTHING,
                    "the successor says it is pid " + hello.pid() + ", but pid " + successor.daemon().pid()
                            + " was started; a wrapper script must exec the daemon");
            return;
        }
        if (!speaksOurs(hello)) {
            killSuccessor(a, a.incumbent(), successor, Undo.NOTHING, noCommonVersion("successor", hello));
            return;
        }
        if (!handoff.expectedBuild().isEmpty()) {
            boolean fits = handoff.expectedBuild().equals(build);
            judge(handoff, Gate.BUILD, fits ? Verdict.PASSED : Verdict.FAILED, build);
            if (!fits) {
                killSuccessor(a, a.incumbent(), successor, Undo.NOTHING,
                        "the successor is build " + build + ", but " + handoff.expectedBuild() + " was asked for");
                return;
            }
        }
        sendToSuccessor(successor, new Message.HelloAck(Message.PROTOCOL_VERSION, handoff.id()));
        firstHeartbeat(successor, Side.SUCCESSOR);
        if (!a.incumbent().alive()) {
            begin(handoff, a.incumbent(), successor, new Sealed.Never());
            return;
        }
        if (!a.incumbent().connected()) {
            // Its session closed, and PARTING has not told yet whether it died: that decides.
            next = new AwaitingDrained(handoff, a.incumbent(), successor, false);
            return;
        }
        prepare(handoff, a.incumbent(), successor);
    }

    private void prepare(Handoff handoff, Peer incumbent, Peer successor) {
        long leftMs = Math.max(0, (handoff.deadlineNs() - nowNs) / NS_PER_MS);
        sendToIncumbent(incumbent, new Message.PrepareHandoff(handoff.id(), successor.daemon().pid(), leftMs,
                before.policy().drainGraceMs()));
        arm(TimerKind.DRAIN, before.policy().drainGraceMs() + REPLY_ALLOWANCE_MS);
        next = new AwaitingDrained(handoff, incumbent, successor, false);
        watch();
    }

    private static String name(Message message) {
        String name = message.kind().wireName();
        return message instanceof Message.Hello hello ? name + "(" + hello.role().wireName() + ")" : name;
    }

    private static boolean speaksOurs(Message.Hello hello) {
        return hello.protoMin() <= Message.PROTOCOL_VERSION && Message.PROTOCOL_VERSION <= hello.protoMax();
    }

    private static String noCommonVersion(String who, Message.Hello hello) {
        return "the " + who + " speaks protocol versions " + hello.protoMin() + " to " + hello.protoMax()
                + ", this coordinator speaks " + Message.PROTOCOL_VERSION;
    }

    /** Cues the successor. With {@link Sealed.Never} the handoff goes forward although the incumbent never sealed. */
    private void begin(Handoff handoff, Peer incumbent, Peer successor, Sealed sealed) {
        cancel(TimerKind.DRAIN);
        cancel(TimerKind.PARTING);
        sendToSuccessor(successor, new Message.Begin(handoff.id()));
        next = new AwaitingReady(handoff.withGapStart(nowNs), incumbent, successor, sealed);
        watch();
    }

    // ---- Gates and commit -----------------------------------------------------------------------------------------------

    private void ready(AwaitingReady a, Message.Ready ready) {
        judge(a.handoff(), Gate.HEALTH, ready.healthzOk() ? Verdict.PASSED : Verdict.FAILED, "");
        if (!ready.healthzOk()) {
            killSuccessor(a, a.incumbent(), a.successor(), undoOf(a), "the successor reports that it is not healthy");
            return;
        }
        switch (a.sealed()) {
            case Sealed.Never _ -> judge(a.handoff(), Gate.REVISION, Verdict.NOT_APPLICABLE,
                    "the incumbent died before it sealed");
            case Sealed.Complete sealed -> {
                String behind = behind(sealed, ready);
                judge(a.handoff(), Gate.REVISION, behind.isEmpty() ? Verdict.PASSED : Verdict.FAILED, behind);
                if (!behind.isEmpty()) {
                    killSuccessor(a, a.incumbent(), a.successor(), undoOf(a), "the successor is behind: " + behind);
                    return;
                }
            }
        }
        if (before.policy().lockGate()) {
            effects.add(new Effect.LookAtLock(before.number(), a.handoff().id()));
            next = new AwaitingLockSeen(a.handoff(), a.incumbent(), a.successor(), a.sealed());
        } else {
            commit(a.handoff(), a.incumbent(), a.successor(), a.sealed());
        }
    }

    /** Where the advertised revisions fall short of the sealed ones, or nothing. */
    private static String behind(Sealed.Complete sealed, Message.Ready ready) {
        int shards = sealed.revisions().size();
        if (ready.advertisedRevisionPerShard().size() != shards) {
            return ready.advertisedRevisionPerShard().size() + " shards advertised, " + shards + " sealed";
        }
        for (int shard = 0; shard < shards; shard++) {
            long advertised = ready.advertisedRevisionPerShard().get(shard);
            if (Long.compareUnsigned(advertised, sealed.revisions().get(shard)) < 0) {
                return "shard " + shard + " at revision " + Long.toUnsignedString(advertised) + ", sealed at "
                        + Long.toUnsignedString(sealed.revisions().get(shard));
            }
        }
        return "";
    }

    private void lockSeen(Event.LockSeen e) {
        if (!(next instanceof AwaitingLockSeen a) || !a.handoff().id().equals(e.stamp().handoffId())) {
            return;
        }
        long successorPid = a.successor().daemon().pid();
        if (e.holderPid() == successorPid) {
            judge(a.handoff(), Gate.LOCK, Verdict.PASSED, "held by pid " + successorPid);
            commit(a.handoff(), a.incumbent(), a.successor(), a.sealed());
            return;
        }
        String holder = e.holderPid() > 0
                ? "held by pid " + e.holderPid()
                : e.holderPid() == 0 ? "held by nobody" : "its holder cannot be told";
        judge(a.handoff(), Gate.LOCK, Verdict.FAILED, holder);
        killSuccessor(a, a.incumbent(), a.successor(), undoOf(a),
                "the successor is ready without the data directory's lock (" + holder + ")");
    }

    private void commit(Handoff handoff, Peer incumbent, Peer successor, Sealed sealed) {
        if (incumbent.alive() && incumbent.connected()) {
            sendToIncumbent(incumbent, new Message.Commit(handoff.id()));
        }
        closeIfOpen(successor.session());
        cancelAll();
        binary = handoff.binary();
        if (incumbent.alive()) {
            depart(incumbent.daemon(), incumbent.session(), handoff.id(), before.policy().exitMs(), false);
        }
        note(new Event.HandoffEnded(stamp(handoff.id()), Outcome.COMMITTED, incumbent.alive() ? "" : switch (sealed) {
            case Sealed.Never _ -> "recovered forward: the incumbent died before it sealed";
            case Sealed.Complete _ -> "the incumbent died after it had sealed";
        }));
        respond(handoff.requestId(), new Answer.Committed(handoff.id(), incumbent.daemon(), successor.daemon(),
                nowNs - handoff.requestedNs(), gapNs(handoff)));
        next = new Serving(successor.disconnected(), nowNs, "", 0);
    }

    private long gapNs(Handoff handoff) {
        return handoff.gapStartNs() == 0 ? 0 : nowNs - handoff.gapStartNs();
    }

    // ---- Rolling back ---------------------------------------------------------------------------------------------------

    private void rollBack(InHandoff flight, String reason) {
        switch (flight) {
            case AwaitingBinary a -> rolledBack(a.handoff(), a.incumbent(), reason, "");
            case AwaitingIncumbentHello a -> {
                closeIfOpen(a.incumbent().session());
                rolledBack(a.handoff(), a.incumbent().disconnected(), reason, "");
            }
            case AwaitingSuccessorSpawn a -> {
                close(a.session());
                settleIncumbent(a.handoff(), a.incumbent(), Undo.NOTHING, reason);
            }
            case AwaitingSuccessorExit _,AwaitingIncumbentResumed _,AwaitingIncumbentProbed _ -> {
            }
            case WithSuccessor with ->
                killSuccessor(with, with.incumbent(), with.successor(), undoOf(with), reason);
        }
    }

    private static Undo undoOf(WithSuccessor with) {
        return switch (with) {
            case AwaitingSuccessorHello _ -> Undo.NOTHING;
            case AwaitingDrained a ->
                a.handoff().sent().has(Side.INCUMBENT, MessageKind.PREPARE_HANDOFF) ? Undo.DRAIN : Undo.NOTHING;
            // It was asked to seal and has not answered: a ResumeAfterAbort could overtake the seal.
            case AwaitingSealComplete _ -> Undo.HANG_UP;
            case AwaitingReady _,AwaitingLockSeen _ -> Undo.SEAL;
            case AwaitingSuccessorExit exit -> exit.undo();
        };
    }

    /** N must be dead and reaped before O may resume: finding the lock held, O would give up. */
    private void killSuccessor(WithSuccessor with, Peer incumbent, Peer successor, Undo undo, String reason) {
        cancelWaits();
        if (!successor.alive()) {
            settleIncumbent(with.handoff(), incumbent, undo, reason);
            return;
        }
        if (successor.connected()) {
            if (with.handoff().sent().has(Side.SUCCESSOR, MessageKind.HELLO_ACK)) {
                sendToSuccessor(successor, new Message.Abort(with.handoff().id(), shortened(reason)));
            }
        }
        effects.add(new Effect.Terminate(before.number(), successor.daemon()));
        arm(TimerKind.KILL, before.policy().killGraceMs());
        next = new AwaitingSuccessorExit(with.handoff(), incumbent, successor, undo, reason);
    }

    /** N is gone. What O needs next depends on what it was asked, and whether it lives. */
    private void settleIncumbent(Handoff handoff, Peer incumbent, Undo undo, String reason) {
        cancelWaits();
        if (!incumbent.alive()) {
            ended(handoff, incumbent, Outcome.ROLLED_BACK,
                    reason + "; the incumbent is dead, the daemon is started from cold");
            coldStart(0);
            return;
        }
        if (!incumbent.connected()) {
            probe(handoff, incumbent, reason, doubtOfHangUp(undo, incumbent));
            return;
        }
        switch (undo) {
            case NOTHING -> {
                if (incumbent.stock()) {
                    rolledBack(handoff, incumbent, reason, "");
                } else {
                    close(incumbent.session());
                    rolledBack(handoff, incumbent.disconnected(), reason, "");
                }
            }
            case DRAIN -> {
                sendToIncumbent(incumbent, new Message.Abort(handoff.id(), shortened(reason)));
                fence(handoff, incumbent, undo, reason);
            }
            case SEAL -> {
                sendToIncumbent(incumbent, new Message.ResumeAfterAbort(handoff.id()));
                fence(handoff, incumbent, undo, reason);
            }
            case HANG_UP -> {
                close(incumbent.session());
                probe(handoff, incumbent.disconnected(), reason, "");
            }
        }
    }

    /** A failed drain looks like this, and a stock O then answers a new session without having resumed. */
    private static String doubtOfHangUp(Undo undo, Peer incumbent) {
        return undo == Undo.DRAIN && incumbent.stock()
                ? "it closed its session in the drain, and may not accept clients again"
                : "";
    }

    private void fence(Handoff handoff, Peer incumbent, Undo undo, String reason) {
        effects.add(new Effect.Fence(before.number(), incumbent.session()));
        arm(TimerKind.RESUME, undoBudgetMs());
        next = new AwaitingIncumbentResumed(handoff, incumbent, undo, reason);
    }

    /** A hook that O still runs may take its whole drain grace; then it has to answer like on any first Hello. */
    private long undoBudgetMs() {
        return before.policy().drainGraceMs() + before.policy().helloMs();
    }

    private void fencePassed(Event.FencePassed e) {
        switch (next) {
            case AwaitingDrained a when a.unsure() && a.incumbent().session() == e.session() ->
                prepare(a.handoff().unsent(Side.INCUMBENT, MessageKind.PREPARE_HANDOFF), a.incumbent(),
                        a.successor());
            case AwaitingSealComplete a when a.unsure() && a.incumbent().session() == e.session() ->
                requestSeal(a.handoff().unsent(Side.INCUMBENT, MessageKind.SEAL_REQUEST), a.incumbent(),
                        a.successor());
            case AwaitingIncumbentResumed a when a.incumbent().session() == e.session() -> resumed(a, e);
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ ->
                {
                }
        }
    }

    private void resumed(AwaitingIncumbentResumed a, Event.FencePassed e) {
        if (a.incumbent().stock()) {
            rolledBack(a.handoff(), a.incumbent(), a.reason(), "");
        } else {
            // It may read while its hooks run, so the fence proves little; it answers a new session once it is done.
            close(e.session());
            probe(a.handoff(), a.incumbent().disconnected(), a.reason(), "");
        }
    }

    private void probe(Handoff handoff, Peer incumbent, String reason, String doubt) {
        cancelAll();
        long session = newSession();
        Peer probed = incumbent.withSession(session);
        effects.add(connect(session, probed, undoBudgetMs()));
        arm(TimerKind.RESUME, undoBudgetMs() + REPLY_ALLOWANCE_MS);
        next = new AwaitingIncumbentProbed(handoff, probed, reason, doubt);
    }

    private void probeAgain(AwaitingIncumbentProbed a, String cause) {
        Long dueNs = timers.get(TimerKind.RESUME);
        long leftMs = dueNs == null ? 0 : (dueNs - nowNs) / NS_PER_MS;
        if (leftMs <= 0) {
            rolledBack(a.handoff(), a.incumbent().disconnected(), a.reason(),
                    "its control socket closed at once (" + cause + ")");
            return;
        }
        long session = newSession();
        Peer probed = a.incumbent().withSession(session);
        effects.add(connect(session, probed, leftMs));
        next = new AwaitingIncumbentProbed(a.handoff(), probed, a.reason(), a.doubt());
    }

    private void rolledBack(Handoff handoff, Peer incumbent, String reason, String doubt) {
        cancelAll();
        boolean restart = !doubt.isEmpty() && before.policy().restartUnresponsive();
        String said = doubt.isEmpty()
                ? reason
                : reason + "; the incumbent (pid " + incumbent.daemon().pid() + ") is alive but unconfirmed: " + doubt
                        + (restart ? "; it is killed and started from cold" : "");
        ended(handoff, incumbent, Outcome.ROLLED_BACK, said);
        if (restart) {
            effects.add(new Effect.Kill(before.number(), incumbent.daemon()));
        }
        next = new Serving(incumbent, nowNs, doubt, 0);
    }

    /** Tells everybody the end of a handoff that did not commit. */
    private void ended(Handoff handoff, Peer incumbent, Outcome outcome, String reason) {
        note(new Event.HandoffEnded(stamp(handoff.id()), outcome, reason));
        respond(handoff.requestId(), new Answer.RolledBack(handoff.id(), incumbent.daemon(), reason,
                nowNs - handoff.requestedNs(), gapNs(handoff)));
    }

    // ---- Timers ---------------------------------------------------------------------------------------------------------

    private void timerFired(Event.TimerFired e) {
        Long armedNs = timers.get(e.kind());
        if (armedNs == null || armedNs != e.dueNs()) {
            return;
        }
        timers.remove(e.kind());
        switch (e.kind()) {
            case HELLO -> {
                if (next instanceof InHandoff flight) {
                    rollBack(flight, "no Hello from the "
                            + (flight instanceof AwaitingIncumbentHello ? "incumbent" : "successor") + " within "
                            + before.policy().helloMs() + " ms");
                }
            }
            case DRAIN -> {
                if (next instanceof AwaitingDrained a) {
                    rollBack(a, "the drain took longer than " + before.policy().drainGraceMs() + " ms");
                }
            }
            case DEADLINE -> {
                if (next instanceof InHandoff flight) {
                    rollBack(flight, "the handoff took longer than " + before.policy().deadlineMs() + " ms, in "
                            + flight.label());
                }
            }
            case SILENCE -> silence();
            case HEARTBEAT -> keepBeating();
            case KILL -> killOverdue();
            case RESUME -> {
                switch (next) {
                    case AwaitingIncumbentResumed a -> {
                        // The session's end is the other way to tell it; the next handoff finds a clean one.
                        close(a.incumbent().session());
                        rolledBack(a.handoff(), a.incumbent().disconnected(), a.reason(),
                                "it did not take the " + (a.undo() == Undo.SEAL ? "ResumeAfterAbort" : "Abort")
                                        + " within " + undoBudgetMs() + " ms");
                    }
                    case AwaitingIncumbentProbed a -> {
                        closeIfOpen(a.incumbent().session());
                        rolledBack(a.handoff(), a.incumbent().disconnected(), a.reason(),
                                "its control socket did not answer within " + undoBudgetMs() + " ms");
                    }
                    case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ ->
                        {
                        }
                }
            }
            case EXIT -> exitOverdue();
            case RESTART -> {
                if (next instanceof AwaitingRestart restart) {
                    coldStart(restart.attempt());
                }
            }
            case START -> {
                if (next instanceof AwaitingIncumbentUp up) {
                    closeIfOpen(up.incumbent().session());
                    notUp(up, "its control socket did not answer within " + before.policy().startMs() + " ms");
                }
            }
            case PARTING -> {
                if (next instanceof InHandoff flight && !flight.incumbent().connected()) {
                    rollBack(flight, "the incumbent closed its session in " + flight.label() + " and lives");
                }
            }
        }
    }

    /** Judges the peers whose silence counts now, and looks again when the next of them could be overdue. */
    private void silence() {
        if (!(next instanceof WithSuccessor with) || with instanceof AwaitingSuccessorExit) {
            return;
        }
        if (overdue(with.incumbent(), Side.INCUMBENT, awaitsIncumbent(with))) {
            killSuccessor(with, with.incumbent(), with.successor(), Undo.HANG_UP,
                    "the incumbent was silent for too long in " + with.label());
        } else if (overdue(with.successor(), Side.SUCCESSOR, with instanceof AwaitingReady)) {
            killSuccessor(with, with.incumbent(), with.successor(), undoOf(with),
                    "the successor was silent for too long in " + with.label());
        } else {
            watch();
        }
    }

    private static boolean awaitsIncumbent(WithSuccessor with) {
        return with instanceof AwaitingDrained || with instanceof AwaitingSealComplete;
    }

    private boolean overdue(Peer peer, Side side, boolean awaited) {
        return overdueNs(peer, side, awaited) <= nowNs;
    }

    /** How long this peer may be silent now, or 0 where its silence means nothing. */
    private static long silenceLimitMs(Peer peer, boolean awaited) {
        if (!peer.alive() || !peer.connected()) {
            return 0;
        }
        if (peer.capabilities().heartbeats()) {
            return HEARTBEAT_GAP_MS;
        }
        return awaited ? STOCK_SILENCE_MS : 0;
    }

    /** From when on a peer's silence counts: a stock one owes nothing before its reply is awaited. */
    private long heardNs(Peer peer, Side side) {
        long heardNs = heard.lastHeardNs(before.number(), side);
        if (peer.capabilities().heartbeats()) {
            return heardNs;
        }
        long awaitedNs = next.getClass() == before.state().getClass() ? before.sinceNs() : nowNs;
        return Math.max(awaitedNs, heardNs);
    }

    /** Arms SILENCE for the first moment at which a watched peer could be overdue. */
    private void watch() {
        if (!(next instanceof WithSuccessor with)) {
            return;
        }
        long dueNs = Math.min(overdueNs(with.incumbent(), Side.INCUMBENT, awaitsIncumbent(with)),
                overdueNs(with.successor(), Side.SUCCESSOR, with instanceof AwaitingReady));
        if (dueNs == Long.MAX_VALUE) {
            cancel(TimerKind.SILENCE);
        } else {
            armAt(TimerKind.SILENCE, dueNs);
        }
    }

    private long overdueNs(Peer peer, Side side, boolean awaited) {
        long limitMs = silenceLimitMs(peer, awaited);
        if (limitMs == 0 || (side == Side.INCUMBENT && hasSealed())) {
            return Long.MAX_VALUE;
        }
        return heardNs(peer, side) + limitMs * NS_PER_MS;
    }

    /** What the incumbent does after its seal no longer matters: should it die, the handoff goes on all the same. */
    private boolean hasSealed() {
        return next instanceof AwaitingReady || next instanceof AwaitingLockSeen;
    }

    private void firstHeartbeat(Peer peer, Side side) {
        if (peer.capabilities().heartbeats()) {
            beat(peer, side);
            if (!timers.containsKey(TimerKind.HEARTBEAT)) {
                arm(TimerKind.HEARTBEAT, HEARTBEAT_MS);
            }
        }
    }

    /** Beats to whoever expects it, and arms the next beat. */
    private void keepBeating() {
        boolean expected = false;
        if (next instanceof InHandoff flight && expectsBeat(flight.incumbent())
                && flight.handoff().sent().has(Side.INCUMBENT, MessageKind.HELLO_ACK)) {
            beat(flight.incumbent(), Side.INCUMBENT);
            expected = true;
        }
        if (next instanceof WithSuccessor with && !(with instanceof AwaitingSuccessorExit)
                && expectsBeat(with.successor()) && with.handoff().sent().has(Side.SUCCESSOR, MessageKind.HELLO_ACK)) {
            beat(with.successor(), Side.SUCCESSOR);
            expected = true;
        }
        if (expected) {
            arm(TimerKind.HEARTBEAT, HEARTBEAT_MS);
        }
    }

    private static boolean expectsBeat(Peer peer) {
        return peer.alive() && peer.connected() && peer.capabilities().heartbeats();
    }

    private void beat(Peer peer, Side side) {
        Message.Heartbeat heartbeat = new Message.Heartbeat(nowNs / NS_PER_MS);
        switch (side) {
            case INCUMBENT -> sendToIncumbent(peer, heartbeat);
            case SUCCESSOR -> sendToSuccessor(peer, heartbeat);
        }
    }

    private void killOverdue() {
        switch (next) {
            case AwaitingSuccessorExit a -> effects.add(new Effect.Kill(before.number(), a.successor().daemon()));
            case AwaitingExit exit -> {
                for (Daemon daemon : exit.daemons()) {
                    effects.add(new Effect.Kill(before.number(), daemon));
                }
            }
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,InHandoff _ -> {
            }
        }
    }

    private void exitOverdue() {
        departing.replaceAll(gone -> {
            if (gone.dueNs() > nowNs) {
                return gone;
            }
            if (gone.terminated()) {
                effects.add(new Effect.Kill(before.number(), gone.daemon()));
            } else {
                effects.add(new Effect.Terminate(before.number(), gone.daemon()));
            }
            return new Service.Departing(gone.daemon(), gone.session(), gone.committed(),
                    nowNs + before.policy().killGraceMs() * NS_PER_MS, true);
        });
        armExit();
    }

    private void depart(Daemon daemon, long session, HandoffId committed, long patienceMs, boolean terminated) {
        long mostMs = Math.max(patienceMs, before.policy().killGraceMs());
        departing.add(new Service.Departing(daemon, session, committed, nowNs + mostMs * NS_PER_MS, terminated));
        armExit();
    }

    /** A process that holds nothing and is told nothing more. */
    private void dismiss(Daemon daemon) {
        effects.add(new Effect.Kill(before.number(), daemon));
        depart(daemon, Peer.NO_SESSION, HandoffId.NONE, 0, true);
    }

    private void armExit() {
        long dueNs = departing.stream().mapToLong(Service.Departing::dueNs).min().orElse(0);
        if (dueNs == 0) {
            cancel(TimerKind.EXIT);
        } else {
            armAt(TimerKind.EXIT, dueNs);
        }
    }

    private void arm(TimerKind kind, long delayMs) {
        armAt(kind, nowNs + delayMs * NS_PER_MS);
    }

    private void armAt(TimerKind kind, long dueNs) {
        Long armedNs = timers.put(kind, dueNs);
        if (armedNs == null || armedNs != dueNs) {
            effects.add(new Effect.ArmTimer(before.number(), kind, dueNs));
        }
    }

    private void cancel(TimerKind kind) {
        if (timers.remove(kind) != null) {
            effects.add(new Effect.CancelTimer(before.number(), kind));
        }
    }

    /** Cancels all but EXIT, which belongs to processes that outlive their handoff. */
    private void cancelAll() {
        cancel(TimerKind.HEARTBEAT);
        cancelWaits();
    }

    /** As {@link #cancelAll}, where the handoff goes on and so do its heartbeats. */
    private void cancelWaits() {
        for (TimerKind kind : List.copyOf(timers.keySet())) {
            if (kind != TimerKind.EXIT && kind != TimerKind.HEARTBEAT) {
                cancel(kind);
            }
        }
    }

    // ---- Small words ----------------------------------------------------------------------------------------------------

    private long newSession() {
        lastSession++;
        return lastSession;
    }

    private Effect connect(long session, Peer incumbent, long withinMs) {
        return new Effect.Connect(before.number(), session, incumbent.daemon().pid(), withinMs, false);
    }

    /** For a handoff's own session, which has to outlive this coordinator. */
    private Effect connectToPark(long session, Peer incumbent) {
        return new Effect.Connect(before.number(), session, incumbent.daemon().pid(), before.policy().helloMs(), true);
    }

    private void close(long session) {
        effects.add(new Effect.CloseSession(before.number(), session));
    }

    private void closeIfOpen(long session) {
        if (session != Peer.NO_SESSION) {
            close(session);
        }
    }

    private void sendToIncumbent(Peer peer, Message.ToIncumbent message) {
        effects.add(new Effect.SendToIncumbent(before.number(), peer.session(), message));
    }

    private void sendToSuccessor(Peer peer, Message.ToSuccessor message) {
        effects.add(new Effect.SendToSuccessor(before.number(), peer.session(), message));
    }

    private void respond(long requestId, Answer answer) {
        if (requestId != 0) {
            effects.add(new Effect.Respond(requestId, answer));
        }
    }

    private void judge(Handoff handoff, Gate gate, Verdict verdict, String detail) {
        note(new Event.GateJudged(stamp(handoff.id()), gate, verdict, detail));
    }

    private void note(Event.Decision decision) {
        owed.add(decision);
        effects.add(new Effect.Note(decision));
    }

    /** A decision is in the journal now: the oldest, for they are appended in their order. */
    private void noted() {
        if (!owed.isEmpty()) {
            owed.removeFirst();
        }
    }

    private Stamp stamp(HandoffId id) {
        return new Stamp(nowNs, before.number(), id);
    }

    private static String hex(BuildId build) {
        return build.toString();
    }

    /** S's own frames stay under 4 KiB, one piece for the kernel: a reason is cut to what fits in any case. */
    private static String shortened(String reason) {
        int most = 1_000;
        return reason.length() <= most ? reason : reason.substring(0, most) + "…";
    }

    private static InHandoff withHandoff(InHandoff flight, Handoff handoff) {
        return switch (flight) {
            case AwaitingBinary a -> new AwaitingBinary(handoff, a.incumbent());
            case AwaitingIncumbentHello a -> new AwaitingIncumbentHello(handoff, a.incumbent());
            case AwaitingSuccessorSpawn a -> new AwaitingSuccessorSpawn(handoff, a.incumbent(), a.session());
            case AwaitingSuccessorHello a -> new AwaitingSuccessorHello(handoff, a.incumbent(), a.successor());
            case AwaitingDrained a -> new AwaitingDrained(handoff, a.incumbent(), a.successor(), a.unsure());
            case AwaitingSealComplete a -> new AwaitingSealComplete(handoff, a.incumbent(), a.successor(),
                    a.shardsSealed(), a.shardsTotal(), a.unsure());
            case AwaitingReady a -> new AwaitingReady(handoff, a.incumbent(), a.successor(), a.sealed());
            case AwaitingLockSeen a -> new AwaitingLockSeen(handoff, a.incumbent(), a.successor(), a.sealed());
            case AwaitingSuccessorExit a ->
                new AwaitingSuccessorExit(handoff, a.incumbent(), a.successor(), a.undo(), a.reason());
            case AwaitingIncumbentResumed a ->
                new AwaitingIncumbentResumed(handoff, a.incumbent(), a.undo(), a.reason());
            case AwaitingIncumbentProbed a ->
                new AwaitingIncumbentProbed(handoff, a.incumbent(), a.reason(), a.doubt());
        };
    }
}
