package dev.handoff.codec.event;

import java.util.List;

import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;

/**
 * A fact, in the past tense: the only thing journaled, and the only thing that moves the coordinator's state. Time, pids,
 * ids and failures arrive as fields, so that replaying the same events gives the same state.
 *
 * <p>
 * Two of them are written before the deed they announce, because a crash between the two must leave a trace:
 * {@link SpawnOrdered} and {@link MessageSending}. {@link GateJudged} and {@link HandoffEnded} are the core's own decisions,
 * written down for whoever reads the journal; they cause nothing.
 */
public sealed interface Event {

    Stamp stamp();

    /** What the core decided, and wants written down. */
    sealed interface Decision extends Event {

        /** The same decision under another stamp. */
        Decision at(Stamp other);
    }

    /** The first coordinator began to run on this journal, and nothing of an earlier one was found. */
    record CoordinatorStarted(Stamp stamp, long pid, String build, String bootId) implements Event {}

    /**
     * A coordinator took over from one that ended, and this is what was true then. It stands after the
     * {@code ServiceConfigured} of its services, and is followed by the {@code SessionClosed} of every session that was not
     * handed back and the {@code ProcessExited} of every process in {@link Found#gone}: deaths and lost sessions take the
     * ordinary path, once what was said before them is read.
     *
     * @param damage
     *            empty, or what of the journal is lost: then nothing in flight can be trusted
     */
    record CoordinatorRestarted(Stamp stamp, long pid, String build, String bootId, String damage, List<Found> found)
            implements
            Event {
        public CoordinatorRestarted {
            found = List.copyOf(found);
        }
    }

    /**
     * A service exists under this name and is supervised by this policy, with this binary for a cold start. {@code takeover}:
     * a {@code CoordinatorRestarted} follows, and says whether it has to be started; otherwise it is started now, unless it
     * runs.
     */
    record ServiceConfigured(Stamp stamp, String name, String binary, ServicePolicy policy, boolean takeover)
            implements
            Event {}

    /** Somebody asked the coordinator to stop: {@code by} names the signal or the requester. */
    record StopRequested(Stamp stamp, String by) implements Event {}

    /**
     * Somebody asked for a swap; the stamp holds the id the handoff gets. {@code binary} is empty for the one in use,
     * {@code expectedBuild} is empty or the hex of the only build to accept.
     */
    record SwapRequested(Stamp stamp, long requestId, long uid, long pid, String binary, String expectedBuild)
            implements
            Event {}

    /** Somebody asked to roll the handoff in flight back. */
    record AbortRequested(Stamp stamp, long requestId, long uid, long pid) implements Event {}

    /** The binary to start was found, and this is what it was at that moment. */
    record BinaryResolved(Stamp stamp, String path, long device, long inode, Fingerprint sha256) implements Event {}

    /** The binary asked for cannot be started, or may not. */
    record BinaryRejected(Stamp stamp, String reason) implements Event {}

    /** A process is about to be started: as a successor, or from cold as an incumbent. */
    record SpawnOrdered(Stamp stamp, Side role, String binary) implements Event {}

    /** It runs. {@code startTicks} is its start time in clock ticks since boot, which with pid and boot id names it. */
    record Spawned(Stamp stamp, Side role, long pid, long startTicks) implements Event {}

    /** It could not be started. {@code errno} is 0 where no system call failed. */
    record SpawnFailed(Stamp stamp, Side role, int errno, String reason) implements Event {}

    /** A child is dead and reaped. */
    record ProcessExited(Stamp stamp, long pid, ExitStatus status) implements Event {}

    /** The incumbent's control socket took our connection; {@code peerPid} is the kernel's word (SO_PEERCRED). */
    record SessionConnected(Stamp stamp, long session, long peerPid) implements Event {}

    /** It did not, within the time given. */
    record ConnectFailed(Stamp stamp, long session, int errno, String reason) implements Event {}

    /**
     * A whole frame arrived. In the journal it stands exactly as it was on the wire; {@code streamOffset} is the session's
     * count of bytes before it.
     */
    record MessageReceived(Stamp stamp, long session, Side from, long streamOffset, int protoVersion, Message message)
            implements
            Event {}

    /** A part of a frame too large to be looked at whole was taken from the socket; {@code bytes} as they were. */
    record FragmentReceived(Stamp stamp, long session, Side from, long streamOffset, Bytes bytes) implements Event {}

    /** The peer sent what is no frame of the protocol; {@code bytes} are the first of it. */
    record FrameRejected(Stamp stamp, long session, Side from, long streamOffset, String kind, String reason,
            Bytes bytes)
            implements
            Event {}

    /** A session ended, by the peer or by an error on it. */
    record SessionClosed(Stamp stamp, long session, Side peer, String cause) implements Event {}

    /** A message is about to be written. */
    record MessageSending(Stamp stamp, long session, Side to, Message message) implements Event {}

    /** A timer came due. {@code dueNs} is the moment it was armed for, and tells it from an earlier one of its kind. */
    record TimerFired(Stamp stamp, TimerKind kind, long dueNs) implements Event {}

    /** The peer has taken everything that was written to it, the fence's heartbeat included (SIOCOUTQ is 0). */
    record FencePassed(Stamp stamp, long session) implements Event {}

    /** The kernel's word on who holds the data directory's lock: a pid, 0 for nobody, -1 where it cannot be told. */
    record LockSeen(Stamp stamp, long holderPid) implements Event {}

    /** A gate judged the successor's {@code Ready}. */
    record GateJudged(Stamp stamp, Gate gate, Verdict verdict, String detail) implements Decision {
        @Override
        public GateJudged at(Stamp other) {
            return new GateJudged(other, gate, verdict, detail);
        }
    }

    /** The handoff of the stamp is over. {@code reason} is empty for an ordinary commit. */
    record HandoffEnded(Stamp stamp, Outcome outcome, String reason) implements Decision {
        @Override
        public HandoffEnded at(Stamp other) {
            return new HandoffEnded(other, outcome, reason);
        }
    }
}
