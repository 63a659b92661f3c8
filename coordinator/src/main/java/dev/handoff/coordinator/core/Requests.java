package dev.handoff.coordinator.core;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.core.State.AwaitingBinary;
import dev.handoff.coordinator.core.State.AwaitingExit;
import dev.handoff.coordinator.core.State.AwaitingIncumbentProbed;
import dev.handoff.coordinator.core.State.AwaitingIncumbentResumed;
import dev.handoff.coordinator.core.State.AwaitingIncumbentUp;
import dev.handoff.coordinator.core.State.AwaitingRestart;
import dev.handoff.coordinator.core.State.AwaitingSpawn;
import dev.handoff.coordinator.core.State.AwaitingSuccessorExit;
import dev.handoff.coordinator.core.State.Failed;
import dev.handoff.coordinator.core.State.InHandoff;
import dev.handoff.coordinator.core.State.Serving;
import dev.handoff.coordinator.core.State.Stopped;

/** What an operator asks for. Static functions over one {@link Turn}. */
final class Requests {

    private Requests() {}

    static void swapRequested(Turn turn, Event.SwapRequested e) {
        switch (turn.state()) {
            case Serving _ when isOver(turn, e.stamp().handoffId()) -> turn.respond(e.requestId(),
                    new Answer.Refused(
                            "handoff " + e.stamp().handoffId() + " has ended already; a new one needs a new id"));
            case Serving serving -> {
                HandoffId id = e.stamp().handoffId();
                long deadlineNs = turn.nowNs() + turn.policy().deadlineMs() * Turn.NS_PER_MS;
                Handoff handoff = new Handoff(id, e.requestId(), turn.nowNs(), deadlineNs, e.binary(),
                        e.expectedBuild(), 0,
                        Sent.NOTHING, 0);
                turn.respond(e.requestId(), new Answer.Accepted(id));
                turn.armAt(TimerKind.DEADLINE, deadlineNs + Turn.REPLY_ALLOWANCE_MS * Turn.NS_PER_MS);
                turn.order(new Effect.ResolveBinary(turn.number(), id, e.binary(), turn.binary()));
                turn.become(new AwaitingBinary(handoff, serving.incumbent()));
            }
            case InHandoff flight -> turn.respond(e.requestId(),
                    new Answer.Busy(flight.handoff().id(), flight.label(), flight.handoff().requestedNs()));
            case Stopped _ -> refuseSwap(turn, e, "it is stopped");
            case AwaitingSpawn _,AwaitingIncumbentUp _ ->
                refuseSwap(turn, e, "it is starting; ask again once it serves");
            case AwaitingRestart restart ->
                refuseSwap(turn, e, "it waits to be restarted (" + restart.reason() + "); ask again once it serves");
            case Failed failed -> refuseSwap(turn, e, "it was given up: " + failed.reason());
            case AwaitingExit _ -> refuseSwap(turn, e, "it is stopping");
        }
    }

    /** Whoever named a handoff may ask for it again, not knowing whether it was heard: it happens once. */
    private static boolean isOver(Turn turn, HandoffId id) {
        return id.equals(turn.before().last().id());
    }

    private static void refuseSwap(Turn turn, Event.SwapRequested e, String why) {
        turn.respond(e.requestId(), new Answer.Refused("service " + turn.name() + " cannot be swapped now: " + why));
    }

    static void abortRequested(Turn turn, Event.AbortRequested e) {
        switch (turn.state()) {
            case AwaitingSuccessorExit _,AwaitingIncumbentResumed _,AwaitingIncumbentProbed _ ->
                turn.respond(e.requestId(), new Answer.NothingToAbort("the handoff is being rolled back already"));
            case InHandoff flight -> {
                turn.respond(e.requestId(), new Answer.Aborting(flight.handoff().id()));
                Rollback.rollBack(turn, flight, "aborted on request of uid " + e.uid() + " (pid " + e.pid() + ")");
            }
            case Stopped _,AwaitingSpawn _,AwaitingIncumbentUp _,Serving _,AwaitingRestart _,Failed _,AwaitingExit _ ->
                turn.respond(e.requestId(), new Answer.NothingToAbort("no handoff is in flight"));
        }
    }
}
