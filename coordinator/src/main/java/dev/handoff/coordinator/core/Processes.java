package dev.handoff.coordinator.core;

import java.util.ArrayList;
import java.util.List;

import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.TimerKind;
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

/** Processes that turn up, do not turn up, or end. */
final class Processes {

    private Processes() {}

    static void spawned(Turn turn, Event.Spawned e) {
        switch (turn.state()) {
            case AwaitingSpawn spawn when e.role() == Side.INCUMBENT ->
                Supervision.comingUp(turn, new Daemon(e.pid(), e.startTicks(), spawn.binary(), ""), spawn.attempt(),
                        false);
            case AwaitingSuccessorSpawn spawn when e.role() == Side.SUCCESSOR
                    && e.stamp().handoffId().equals(spawn.handoff().id()) ->
                Forward.successorSpawned(turn, spawn, e.pid(), e.startTicks());
            case AwaitingExit exit -> Supervision.joinExit(turn, exit, e.pid(), e.startTicks());
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,InHandoff _ -> {
                // Its handoff was over before it turned up. It was told nothing, so it holds nothing.
                turn.dismiss(new Daemon(e.pid(), e.startTicks(), "", ""));
            }
        }
    }

    static void spawnFailed(Turn turn, Event.SpawnFailed e) {
        switch (turn.state()) {
            case AwaitingSpawn spawn when e.role() == Side.INCUMBENT ->
                Supervision.startFailed(turn, spawn.attempt(), e.reason());
            case AwaitingSuccessorSpawn spawn when e.role() == Side.SUCCESSOR
                    && e.stamp().handoffId().equals(spawn.handoff().id()) ->
                Rollback.rollBack(turn, spawn, "the successor could not be started: " + e.reason());
            case AwaitingExit exit -> {
                turn.become(new AwaitingExit(exit.daemons(), false));
                Supervision.stoppedIfGone(turn, exit.daemons(), false);
            }
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,InHandoff _ -> {
            }
        }
    }

    static void processExited(Turn turn, Event.ProcessExited e) {
        for (Service.Departing gone : turn.departing()) {
            if (gone.daemon().pid() == e.pid()) {
                turn.closeIfOpen(gone.session());
                turn.changeDeparting().remove(gone);
                turn.armExit();
                return;
            }
        }
        switch (turn.state()) {
            case AwaitingIncumbentUp up when up.incumbent().daemon().pid() == e.pid() -> {
                turn.closeIfOpen(up.incumbent().session());
                Supervision.startFailed(turn, up.attempt(),
                        "the daemon ended before its control socket answered (" + e.status() + ")");
            }
            case Serving serving when serving.incumbent().daemon().pid() == e.pid() -> {
                turn.closeIfOpen(serving.incumbent().session());
                boolean settled = turn.nowNs() - serving.sinceNs() >= Supervision.SETTLED_MS * Turn.NS_PER_MS;
                Supervision.startFailed(turn, settled ? 0 : serving.attempt(), "the daemon ended (" + e.status() + ")");
            }
            case AwaitingExit exit -> {
                List<Daemon> left = new ArrayList<>(exit.daemons());
                left.removeIf(daemon -> daemon.pid() == e.pid());
                turn.become(new AwaitingExit(left, exit.spawning()));
                Supervision.stoppedIfGone(turn, left, exit.spawning());
            }
            case WithSuccessor with when with.successor().daemon().pid() == e.pid() ->
                successorDied(turn, with, e.status());
            case InHandoff flight when flight.incumbent().daemon().pid() == e.pid() ->
                incumbentDied(turn, flight, e.status());
            case Stopped _,Failed _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,InHandoff _ -> {
            }
        }
    }

    private static void successorDied(Turn turn, WithSuccessor with, ExitStatus status) {
        turn.closeIfOpen(with.successor().session());
        if (with instanceof AwaitingSuccessorExit exit) {
            // A process that ends by itself closes its channel a moment before: how it ended is what a person needs.
            String how = status instanceof ExitStatus.Exited ? "; it ended (" + status + ")" : "";
            Rollback.settleIncumbent(turn, exit.handoff(), exit.incumbent(), exit.undo(), exit.reason() + how);
        } else {
            Rollback.settleIncumbent(turn, with.handoff(), with.incumbent(), Rollback.undoOf(with),
                    "the successor ended (" + status + ") in " + with.label());
        }
    }

    private static void incumbentDied(Turn turn, InHandoff flight, ExitStatus status) {
        turn.closeIfOpen(flight.incumbent().session());
        turn.cancel(TimerKind.PARTING);
        Peer dead = flight.incumbent().dead();
        String how = "the incumbent ended (" + status + ") in " + flight.label();
        switch (flight) {
            case AwaitingBinary a -> Rollback.settleIncumbent(turn, a.handoff(), dead, Undo.NOTHING, how);
            case AwaitingIncumbentHello a -> Rollback.settleIncumbent(turn, a.handoff(), dead, Undo.NOTHING, how);
            case AwaitingSuccessorSpawn a ->
                turn.become(new AwaitingSuccessorSpawn(a.handoff().withGapStart(turn.nowNs()), dead, a.session()));
            case AwaitingSuccessorHello a ->
                turn.become(new AwaitingSuccessorHello(a.handoff().withGapStart(turn.nowNs()), dead, a.successor()));
            case AwaitingDrained a -> Forward.begin(turn, a.handoff(), dead, a.successor(), new Sealed.Never());
            case AwaitingSealComplete a -> Forward.begin(turn, a.handoff(), dead, a.successor(), new Sealed.Never());
            case AwaitingReady a -> turn.become(new AwaitingReady(a.handoff(), dead, a.successor(), a.sealed()));
            case AwaitingLockSeen a -> turn.become(new AwaitingLockSeen(a.handoff(), dead, a.successor(), a.sealed()));
            case AwaitingSuccessorExit a ->
                turn.become(new AwaitingSuccessorExit(a.handoff(), dead, a.successor(), a.undo(), a.reason()));
            case AwaitingIncumbentResumed a -> Rollback.settleIncumbent(turn, a.handoff(), dead, a.undo(), a.reason());
            case AwaitingIncumbentProbed a ->
                Rollback.settleIncumbent(turn, a.handoff(), dead, Undo.NOTHING, a.reason());
        }
    }
}
