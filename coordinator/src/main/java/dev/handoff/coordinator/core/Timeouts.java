package dev.handoff.coordinator.core;

import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.coordinator.core.State.AwaitingDrained;
import dev.handoff.coordinator.core.State.AwaitingExit;
import dev.handoff.coordinator.core.State.AwaitingIncumbentHello;
import dev.handoff.coordinator.core.State.AwaitingIncumbentProbed;
import dev.handoff.coordinator.core.State.AwaitingIncumbentResumed;
import dev.handoff.coordinator.core.State.AwaitingIncumbentUp;
import dev.handoff.coordinator.core.State.AwaitingReady;
import dev.handoff.coordinator.core.State.AwaitingRestart;
import dev.handoff.coordinator.core.State.AwaitingSpawn;
import dev.handoff.coordinator.core.State.AwaitingSuccessorExit;
import dev.handoff.coordinator.core.State.Failed;
import dev.handoff.coordinator.core.State.InHandoff;
import dev.handoff.coordinator.core.State.Serving;
import dev.handoff.coordinator.core.State.Stopped;
import dev.handoff.coordinator.core.State.Undo;
import dev.handoff.coordinator.core.State.WithSuccessor;

/** What follows when a timer fires. */
final class Timeouts {

    private Timeouts() {}

    static void timerFired(Turn turn, Event.TimerFired e) {
        Long armedNs = turn.dueNs(e.kind());
        if (armedNs == null || armedNs != e.dueNs()) {
            return;
        }
        turn.fired(e.kind());
        switch (e.kind()) {
            case HELLO -> {
                if (turn.state() instanceof InHandoff flight) {
                    Rollback.rollBack(turn, flight, "no Hello from the "
                            + (flight instanceof AwaitingIncumbentHello ? "incumbent" : "successor") + " within "
                            + turn.policy().helloMs() + " ms");
                }
            }
            case DRAIN -> {
                if (turn.state() instanceof AwaitingDrained a) {
                    Rollback.rollBack(turn, a, "the drain took longer than " + turn.policy().drainGraceMs() + " ms");
                }
            }
            case DEADLINE -> {
                if (turn.state() instanceof InHandoff flight) {
                    Rollback.rollBack(turn, flight,
                            "the handoff took longer than " + turn.policy().deadlineMs() + " ms, in "
                                    + flight.label());
                }
            }
            case SILENCE -> silence(turn);
            case HEARTBEAT -> Watch.keepBeating(turn);
            case KILL -> killOverdue(turn);
            case RESUME -> {
                switch (turn.state()) {
                    case AwaitingIncumbentResumed a -> {
                        // The session's end is the other way to tell it; the next handoff finds a clean one.
                        turn.close(a.incumbent().session());
                        Rollback.rolledBack(turn, a.handoff(), a.incumbent().disconnected(), a.reason(),
                                "it did not take the " + (a.undo() == Undo.SEAL ? "ResumeAfterAbort" : "Abort")
                                        + " within " + Rollback.undoBudgetMs(turn) + " ms");
                    }
                    case AwaitingIncumbentProbed a -> {
                        turn.closeIfOpen(a.incumbent().session());
                        Rollback.rolledBack(turn, a.handoff(), a.incumbent().disconnected(), a.reason(),
                                "its control socket did not answer within " + Rollback.undoBudgetMs(turn) + " ms");
                    }
                    case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,AwaitingExit _,InHandoff _ ->
                        {
                        }
                }
            }
            case EXIT -> exitOverdue(turn);
            case RESTART -> {
                if (turn.state() instanceof AwaitingRestart restart) {
                    Supervision.coldStart(turn, restart.attempt());
                }
            }
            case START -> {
                if (turn.state() instanceof AwaitingIncumbentUp up) {
                    turn.closeIfOpen(up.incumbent().session());
                    Supervision.notUp(turn, up,
                            "its control socket did not answer within " + turn.policy().startMs() + " ms");
                }
            }
            case PARTING -> {
                if (turn.state() instanceof InHandoff flight && !flight.incumbent().connected()) {
                    Rollback.rollBack(turn, flight,
                            "the incumbent closed its session in " + flight.label() + " and lives");
                }
            }
        }
    }

    /** Judges the peers whose silence counts now, and looks again when the next of them could be overdue. */
    private static void silence(Turn turn) {
        if (!(turn.state() instanceof WithSuccessor with) || with instanceof AwaitingSuccessorExit) {
            return;
        }
        if (Watch.overdue(turn, with.incumbent(), Side.INCUMBENT, Watch.awaitsIncumbent(with))) {
            Rollback.killSuccessor(turn, with, with.incumbent(), with.successor(), Undo.HANG_UP,
                    "the incumbent was silent for too long in " + with.label());
        } else if (Watch.overdue(turn, with.successor(), Side.SUCCESSOR, with instanceof AwaitingReady)) {
            Rollback.killSuccessor(turn, with, with.incumbent(), with.successor(), Rollback.undoOf(with),
                    "the successor was silent for too long in " + with.label());
        } else {
            Watch.watch(turn);
        }
    }

    private static void killOverdue(Turn turn) {
        switch (turn.state()) {
            case AwaitingSuccessorExit a -> turn.order(new Effect.Kill(turn.number(), a.successor().daemon()));
            case AwaitingExit exit -> {
                for (Daemon daemon : exit.daemons()) {
                    turn.order(new Effect.Kill(turn.number(), daemon));
                }
            }
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,InHandoff _ -> {
            }
        }
    }

    private static void exitOverdue(Turn turn) {
        turn.changeDeparting().replaceAll(gone -> {
            if (gone.dueNs() > turn.nowNs()) {
                return gone;
            }
            if (gone.terminated()) {
                turn.order(new Effect.Kill(turn.number(), gone.daemon()));
            } else {
                turn.order(new Effect.Terminate(turn.number(), gone.daemon()));
            }
            return new Service.Departing(gone.daemon(), gone.session(), gone.committed(),
                    turn.nowNs() + turn.policy().killGraceMs() * Turn.NS_PER_MS, true);
        });
        turn.armExit();
    }
}
