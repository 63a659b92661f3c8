package dev.handoff.coordinator.core;

import java.util.ArrayList;
import java.util.List;

import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.core.State.AwaitingExit;
import dev.handoff.coordinator.core.State.AwaitingIncumbentUp;
import dev.handoff.coordinator.core.State.AwaitingRestart;
import dev.handoff.coordinator.core.State.AwaitingSpawn;
import dev.handoff.coordinator.core.State.AwaitingSuccessorSpawn;
import dev.handoff.coordinator.core.State.Failed;
import dev.handoff.coordinator.core.State.InHandoff;
import dev.handoff.coordinator.core.State.Serving;
import dev.handoff.coordinator.core.State.Stopped;
import dev.handoff.coordinator.core.State.WithSuccessor;

/** Daemons outside a handoff: started from cold, started again when they die, adopted, asked to end. */
final class Supervision {

    /** A daemon that served this long before it died starts counting its failed starts anew. */
    static final long SETTLED_MS = 10_000;

    /** The longest pause between two cold starts. */
    static final long RESTART_MAX_MS = 10_000;

    private Supervision() {}

    /** A service that was just configured is started, unless it runs. */
    static void startIfStopped(Turn turn) {
        if (turn.state() instanceof Stopped) {
            coldStart(turn, 0);
        }
    }

    /** The coordinator is stopping: everything of this service is asked to end. */
    static void stop(Turn turn) {
        List<Daemon> ending = new ArrayList<>();
        boolean spawning = false;
        switch (turn.state()) {
            case Stopped _,Failed _ -> {
            }
            case AwaitingExit _ -> {
                return;
            }
            case AwaitingSpawn _ -> spawning = true;
            case AwaitingRestart _ -> {
            }
            case AwaitingIncumbentUp up -> addLiving(turn, ending, up.incumbent());
            case Serving serving -> addLiving(turn, ending, serving.incumbent());
            case InHandoff flight -> {
                spawning = flight instanceof AwaitingSuccessorSpawn;
                if (flight instanceof AwaitingSuccessorSpawn spawn) {
                    turn.close(spawn.session());
                }
                if (flight instanceof WithSuccessor with) {
                    addLiving(turn, ending, with.successor());
                }
                addLiving(turn, ending, flight.incumbent());
                Rollback.ended(turn, flight.handoff(), flight.incumbent(), Outcome.ROLLED_BACK,
                        "the coordinator is stopping");
            }
        }
        turn.cancelAll();
        for (Service.Departing gone : turn.departing()) {
            ending.add(gone.daemon());
            turn.closeIfOpen(gone.session());
        }
        turn.changeDeparting().clear();
        awaitExit(turn, ending, spawning);
    }

    private static void addLiving(Turn turn, List<Daemon> ending, Peer peer) {
        turn.closeIfOpen(peer.session());
        if (peer.alive()) {
            ending.add(peer.daemon());
        }
    }

    private static void awaitExit(Turn turn, List<Daemon> ending, boolean spawning) {
        if (ending.isEmpty() && !spawning) {
            turn.become(new Stopped());
            return;
        }
        for (Daemon daemon : ending) {
            turn.order(new Effect.Terminate(turn.number(), daemon));
        }
        turn.become(new AwaitingExit(ending, spawning));
        turn.arm(TimerKind.KILL, turn.policy().exitMs());
    }

    static void comingUp(Turn turn, Daemon daemon, int attempt, boolean adopted) {
        long session = turn.newSession();
        Peer incumbent = Peer.of(daemon).withSession(session);
        turn.order(turn.connect(session, incumbent, turn.policy().startMs()));
        turn.arm(TimerKind.START, turn.policy().startMs() + Turn.REPLY_ALLOWANCE_MS);
        turn.become(new AwaitingIncumbentUp(incumbent, attempt, adopted));
    }

    static void joinExit(Turn turn, AwaitingExit exit, long pid, long startTicks) {
        Daemon daemon = new Daemon(pid, startTicks, "", "");
        List<Daemon> daemons = new ArrayList<>(exit.daemons());
        daemons.add(daemon);
        turn.order(new Effect.Terminate(turn.number(), daemon));
        turn.arm(TimerKind.KILL, turn.policy().exitMs());
        turn.become(new AwaitingExit(daemons, false));
    }

    static void coldStart(Turn turn, int attempt) {
        turn.cancelAll();
        turn.order(new Effect.SpawnIncumbent(turn.number(), turn.binary()));
        turn.become(new AwaitingSpawn(turn.binary(), attempt));
    }

    static void startFailed(Turn turn, int attempt, String reason) {
        turn.cancelAll();
        int failed = attempt + 1;
        if (failed > turn.policy().restartLimit()) {
            turn.become(new Failed("gave up after " + failed
                    + (failed == 1 ? " failed start: " : " failed starts in a row; the last: ")
                    + reason));
            return;
        }
        long firstMs = Math.min(RESTART_MAX_MS, turn.policy().restartMs());
        long pauseMs = Math.min(RESTART_MAX_MS, firstMs << Math.min(attempt, 20));
        turn.arm(TimerKind.RESTART, pauseMs);
        turn.become(new AwaitingRestart(failed, reason));
    }

    static void stoppedIfGone(Turn turn, List<Daemon> left, boolean spawning) {
        if (left.isEmpty() && !spawning) {
            turn.cancelAll();
            turn.become(new Stopped());
        }
    }

    static void reconnect(Turn turn, AwaitingIncumbentUp up) {
        long session = turn.newSession();
        Peer incumbent = up.incumbent().withSession(session);
        turn.order(turn.connect(session, incumbent, turn.policy().startMs()));
        turn.become(new AwaitingIncumbentUp(incumbent, up.attempt(), up.adopted()));
    }

    /** A daemon that this coordinator started is killed, so that the next attempt can begin; one that was found is left to serve. */
    static void notUp(Turn turn, AwaitingIncumbentUp up, String why) {
        Peer incumbent = up.incumbent().disconnected();
        if (up.adopted()) {
            turn.cancel(TimerKind.START);
            turn.become(new Serving(incumbent, turn.nowNs(), "it was found running, and " + why, up.attempt()));
        } else {
            turn.order(new Effect.Kill(turn.number(), incumbent.daemon()));
            turn.become(new AwaitingIncumbentUp(incumbent, up.attempt(), false));
        }
    }
}
