package dev.handoff.coordinator.core;

import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.core.State.AwaitingBinary;
import dev.handoff.coordinator.core.State.AwaitingDrained;
import dev.handoff.coordinator.core.State.AwaitingIncumbentHello;
import dev.handoff.coordinator.core.State.AwaitingIncumbentProbed;
import dev.handoff.coordinator.core.State.AwaitingIncumbentResumed;
import dev.handoff.coordinator.core.State.AwaitingLockSeen;
import dev.handoff.coordinator.core.State.AwaitingReady;
import dev.handoff.coordinator.core.State.AwaitingSealComplete;
import dev.handoff.coordinator.core.State.AwaitingSuccessorExit;
import dev.handoff.coordinator.core.State.AwaitingSuccessorHello;
import dev.handoff.coordinator.core.State.AwaitingSuccessorSpawn;
import dev.handoff.coordinator.core.State.InHandoff;
import dev.handoff.coordinator.core.State.Serving;
import dev.handoff.coordinator.core.State.Undo;
import dev.handoff.coordinator.core.State.WithSuccessor;

/** A handoff on its way back: the successor is killed and reaped, the incumbent resumes, and shows that it does. */
final class Rollback {

    private Rollback() {}

    static void rollBack(Turn turn, InHandoff flight, String reason) {
        switch (flight) {
            case AwaitingBinary a -> rolledBack(turn, a.handoff(), a.incumbent(), reason, "");
            case AwaitingIncumbentHello a -> {
                turn.closeIfOpen(a.incumbent().session());
                rolledBack(turn, a.handoff(), a.incumbent().disconnected(), reason, "");
            }
            case AwaitingSuccessorSpawn a -> {
                turn.close(a.session());
                settleIncumbent(turn, a.handoff(), a.incumbent(), Undo.NOTHING, reason);
            }
            case AwaitingSuccessorExit _,AwaitingIncumbentResumed _,AwaitingIncumbentProbed _ -> {
            }
            case WithSuccessor with ->
                killSuccessor(turn, with, with.incumbent(), with.successor(), undoOf(with), reason);
        }
    }

    static Undo undoOf(WithSuccessor with) {
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
    static void killSuccessor(Turn turn, WithSuccessor with, Peer incumbent, Peer successor, Undo undo, String reason) {
        turn.cancelWaits();
        if (!successor.alive()) {
            settleIncumbent(turn, with.handoff(), incumbent, undo, reason);
            return;
        }
        if (successor.connected()) {
            if (with.handoff().sent().has(Side.SUCCESSOR, MessageKind.HELLO_ACK)) {
                turn.sendToSuccessor(successor, new Message.Abort(with.handoff().id(), shortened(reason)));
            }
        }
        turn.order(new Effect.Terminate(turn.number(), successor.daemon()));
        turn.arm(TimerKind.KILL, turn.policy().killGraceMs());
        turn.become(new AwaitingSuccessorExit(with.handoff(), incumbent, successor, undo, reason));
    }

    /** N is gone. What O needs next depends on what it was asked, and whether it lives. */
    static void settleIncumbent(Turn turn, Handoff handoff, Peer incumbent, Undo undo, String reason) {
        turn.cancelWaits();
        if (!incumbent.alive()) {
            ended(turn, handoff, incumbent, Outcome.ROLLED_BACK,
                    reason + "; the incumbent is dead, the daemon is started from cold");
            Supervision.coldStart(turn, 0);
            return;
        }
        if (!incumbent.connected()) {
            probe(turn, handoff, incumbent, reason, doubtOfHangUp(undo, incumbent));
            return;
        }
        switch (undo) {
            case NOTHING -> {
                if (incumbent.stock()) {
                    rolledBack(turn, handoff, incumbent, reason, "");
                } else {
                    turn.close(incumbent.session());
                    rolledBack(turn, handoff, incumbent.disconnected(), reason, "");
                }
            }
            case DRAIN -> {
                turn.sendToIncumbent(incumbent, new Message.Abort(handoff.id(), shortened(reason)));
                fence(turn, handoff, incumbent, undo, reason);
            }
            case SEAL -> {
                turn.sendToIncumbent(incumbent, new Message.ResumeAfterAbort(handoff.id()));
                fence(turn, handoff, incumbent, undo, reason);
            }
            case HANG_UP -> {
                turn.close(incumbent.session());
                probe(turn, handoff, incumbent.disconnected(), reason, "");
            }
        }
    }

    /** A failed drain looks like this, and a stock O then answers a new session without having resumed. */
    static String doubtOfHangUp(Undo undo, Peer incumbent) {
        return undo == Undo.DRAIN && incumbent.stock()
                ? "it closed its session in the drain, and may not accept clients again"
                : "";
    }

    static void fence(Turn turn, Handoff handoff, Peer incumbent, Undo undo, String reason) {
        turn.order(new Effect.Fence(turn.number(), incumbent.session()));
        turn.arm(TimerKind.RESUME, undoBudgetMs(turn));
        turn.become(new AwaitingIncumbentResumed(handoff, incumbent, undo, reason));
    }

    /** A hook that O still runs may take its whole drain grace; then it has to answer like on any first Hello. */
    static long undoBudgetMs(Turn turn) {
        return turn.policy().drainGraceMs() + turn.policy().helloMs();
    }

    static void resumed(Turn turn, AwaitingIncumbentResumed a, Event.FencePassed e) {
        if (a.incumbent().stock()) {
            rolledBack(turn, a.handoff(), a.incumbent(), a.reason(), "");
        } else {
            // It may read while its hooks run, so the fence proves little; it answers a new session once it is done.
            turn.close(e.session());
            probe(turn, a.handoff(), a.incumbent().disconnected(), a.reason(), "");
        }
    }

    static void probe(Turn turn, Handoff handoff, Peer incumbent, String reason, String doubt) {
        turn.cancelAll();
        long session = turn.newSession();
        Peer probed = incumbent.withSession(session);
        turn.order(turn.connect(session, probed, undoBudgetMs(turn)));
        turn.arm(TimerKind.RESUME, undoBudgetMs(turn) + Turn.REPLY_ALLOWANCE_MS);
        turn.become(new AwaitingIncumbentProbed(handoff, probed, reason, doubt));
    }

    static void probeAgain(Turn turn, AwaitingIncumbentProbed a, String cause) {
        Long dueNs = turn.dueNs(TimerKind.RESUME);
        long leftMs = dueNs == null ? 0 : (dueNs - turn.nowNs()) / Turn.NS_PER_MS;
        if (leftMs <= 0) {
            rolledBack(turn, a.handoff(), a.incumbent().disconnected(), a.reason(),
                    "its control socket closed at once (" + cause + ")");
            return;
        }
        long session = turn.newSession();
        Peer probed = a.incumbent().withSession(session);
        turn.order(turn.connect(session, probed, leftMs));
        turn.become(new AwaitingIncumbentProbed(a.handoff(), probed, a.reason(), a.doubt()));
    }

    static void rolledBack(Turn turn, Handoff handoff, Peer incumbent, String reason, String doubt) {
        turn.cancelAll();
        boolean restart = !doubt.isEmpty() && turn.policy().restartUnresponsive();
        String said = doubt.isEmpty()
                ? reason
                : reason + "; the incumbent (pid " + incumbent.daemon().pid() + ") is alive but unconfirmed: " + doubt
                        + (restart ? "; it is killed and started from cold" : "");
        ended(turn, handoff, incumbent, Outcome.ROLLED_BACK, said);
        if (restart) {
            turn.order(new Effect.Kill(turn.number(), incumbent.daemon()));
        }
        turn.become(new Serving(incumbent, turn.nowNs(), doubt, 0));
    }

    /** Tells everybody the end of a handoff that did not commit. */
    static void ended(Turn turn, Handoff handoff, Peer incumbent, Outcome outcome, String reason) {
        turn.note(new Event.HandoffEnded(turn.stamp(handoff.id()), outcome, reason));
        turn.respond(handoff.requestId(), new Answer.RolledBack(handoff.id(), incumbent.daemon(), reason,
                turn.nowNs() - handoff.requestedNs(), turn.gapNs(handoff)));
    }

    /** S's own frames stay under 4 KiB, one piece for the kernel: a reason is cut to what fits in any case. */
    private static String shortened(String reason) {
        int most = 1_000;
        return reason.length() <= most ? reason : reason.substring(0, most) + "…";
    }
}
