package dev.handoff.coordinator.core;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.TimerKind;

/** An order to the shell. Whatever comes of it returns as an {@link Event}. */
public sealed interface Effect {

    /** Append {@code MessageSending}, then write the frame. */
    record SendToIncumbent(int service, long session, Message.ToIncumbent message) implements Effect {}

    /** Append {@code MessageSending}, then write the frame. */
    record SendToSuccessor(int service, long session, Message.ToSuccessor message) implements Effect {}

    /**
     * Connect to the service's control socket as this session, trying again while it is missing or another process than
     * {@code expectedPid} answers, for {@code withinMs}. Gives {@code SessionConnected} or {@code ConnectFailed}.
     *
     * @param park whether the socket has to outlive the coordinator: it is parked before anything is read from it
     */
    record Connect(int service, long session, long expectedPid, long withinMs, boolean park) implements Effect {}

    /** Shut the session down and forget it. No event follows. */
    record CloseSession(int service, long session) implements Effect {}

    /** Find the binary, check that it may be started, hash it. An empty {@code requested} means {@code inUse}. */
    record ResolveBinary(int service, HandoffId handoffId, String requested, String inUse) implements Effect {}

    /** Append {@code SpawnOrdered}, then start a successor whose control channel is this session. */
    record SpawnSuccessor(int service, HandoffId handoffId, long session, String binary) implements Effect {}

    /** Append {@code SpawnOrdered}, then start a daemon from cold. */
    record SpawnIncumbent(int service, String binary) implements Effect {}

    /** Ask the process to end (SIGTERM). */
    record Terminate(int service, Daemon daemon) implements Effect {}

    /** Kill the process (SIGKILL). */
    record Kill(int service, Daemon daemon) implements Effect {}

    /** Arm a timer; one of its kind that is armed already is replaced. */
    record ArmTimer(int service, TimerKind kind, long dueNs) implements Effect {}

    record CancelTimer(int service, TimerKind kind) implements Effect {}

    /** Write a heartbeat, and tell with {@code FencePassed} when the peer has taken everything that was written to it. */
    record Fence(int service, long session) implements Effect {}

    /** Ask the kernel who holds the data directory's lock. Gives {@code LockSeen}. */
    record LookAtLock(int service, HandoffId handoffId) implements Effect {}

    /** Tell whoever asked. */
    record Respond(long requestId, Answer answer) implements Effect {}

    /** Append the core's own decision, for whoever reads the journal. It is stamped anew: sending may have come before. */
    record Note(Event.Decision decision) implements Effect {}

    /** Everything is stopped: end the process with this code. */
    record Exit(int code) implements Effect {}
}
