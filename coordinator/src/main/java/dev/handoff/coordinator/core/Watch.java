package dev.handoff.coordinator.core;

import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.core.State.AwaitingDrained;
import dev.handoff.coordinator.core.State.AwaitingLockSeen;
import dev.handoff.coordinator.core.State.AwaitingReady;
import dev.handoff.coordinator.core.State.AwaitingSealComplete;
import dev.handoff.coordinator.core.State.AwaitingSuccessorExit;
import dev.handoff.coordinator.core.State.InHandoff;
import dev.handoff.coordinator.core.State.WithSuccessor;

/** Heartbeats and silence: who owes a sign of life, since when, and when ours are due. */
final class Watch {

    /** How often each side that announced HEARTBEATS emits one (protocol page, <i>Extensions</i>). */
    static final long HEARTBEAT_MS = 1_000;

    /** The gap that counts as a dead peer between sides that announced HEARTBEATS. */
    static final long HEARTBEAT_GAP_MS = 5_000;

    /** The silence that counts as a dead stock peer, while its reply is awaited (protocol page, <i>Timing</i>). */
    static final long STOCK_SILENCE_MS = 10_000;

    private Watch() {}

    static boolean awaitsIncumbent(WithSuccessor with) {
        return with instanceof AwaitingDrained || with instanceof AwaitingSealComplete;
    }

    static boolean overdue(Turn turn, Peer peer, Side side, boolean awaited) {
        return overdueNs(turn, peer, side, awaited) <= turn.nowNs();
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
    private static long heardNs(Turn turn, Peer peer, Side side) {
        long heardNs = turn.heard().lastHeardNs(turn.number(), side);
        if (peer.capabilities().heartbeats()) {
            return heardNs;
        }
        return Math.max(turn.stateSinceNs(), heardNs);
    }

    /** Arms SILENCE for the first moment at which a watched peer could be overdue. */
    static void watch(Turn turn) {
        if (!(turn.state() instanceof WithSuccessor with)) {
            return;
        }
        long dueNs = Math.min(overdueNs(turn, with.incumbent(), Side.INCUMBENT, awaitsIncumbent(with)),
                overdueNs(turn, with.successor(), Side.SUCCESSOR, with instanceof AwaitingReady));
        if (dueNs == Long.MAX_VALUE) {
            turn.cancel(TimerKind.SILENCE);
        } else {
            turn.armAt(TimerKind.SILENCE, dueNs);
        }
    }

    private static long overdueNs(Turn turn, Peer peer, Side side, boolean awaited) {
        long limitMs = silenceLimitMs(peer, awaited);
        if (limitMs == 0 || (side == Side.INCUMBENT && hasSealed(turn))) {
            return Long.MAX_VALUE;
        }
        return heardNs(turn, peer, side) + limitMs * Turn.NS_PER_MS;
    }

    /** What the incumbent does after its seal no longer matters: should it die, the handoff goes on all the same. */
    private static boolean hasSealed(Turn turn) {
        return turn.state() instanceof AwaitingReady || turn.state() instanceof AwaitingLockSeen;
    }

    static void firstHeartbeat(Turn turn, Peer peer, Side side) {
        if (peer.capabilities().heartbeats()) {
            beat(turn, peer, side);
            if (turn.dueNs(TimerKind.HEARTBEAT) == null) {
                turn.arm(TimerKind.HEARTBEAT, HEARTBEAT_MS);
            }
        }
    }

    /** Beats to whoever expects it, and arms the next beat. */
    static void keepBeating(Turn turn) {
        boolean expected = false;
        if (turn.state() instanceof InHandoff flight && expectsBeat(flight.incumbent())
                && flight.handoff().sent().has(Side.INCUMBENT, MessageKind.HELLO_ACK)) {
            beat(turn, flight.incumbent(), Side.INCUMBENT);
            expected = true;
        }
        if (turn.state() instanceof WithSuccessor with && !(with instanceof AwaitingSuccessorExit)
                && expectsBeat(with.successor()) && with.handoff().sent().has(Side.SUCCESSOR, MessageKind.HELLO_ACK)) {
            beat(turn, with.successor(), Side.SUCCESSOR);
            expected = true;
        }
        if (expected) {
            turn.arm(TimerKind.HEARTBEAT, HEARTBEAT_MS);
        }
    }

    private static boolean expectsBeat(Peer peer) {
        return peer.alive() && peer.connected() && peer.capabilities().heartbeats();
    }

    private static void beat(Turn turn, Peer peer, Side side) {
        Message.Heartbeat heartbeat = new Message.Heartbeat(turn.nowNs() / Turn.NS_PER_MS);
        switch (side) {
            case INCUMBENT -> turn.sendToIncumbent(peer, heartbeat);
            case SUCCESSOR -> turn.sendToSuccessor(peer, heartbeat);
        }
    }
}
