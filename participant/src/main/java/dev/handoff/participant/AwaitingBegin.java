package dev.handoff.participant;

import dev.handoff.codec.HandoffId;

/**
 * The successor may warm up: read what is immutable, run its own code hot. It must not write to the data directory. Should the
 * handoff end meanwhile, {@link ParticipantConfig#onAbandoned} is called. Owned by the daemon's main thread.
 */
public final class AwaitingBegin {

    private final Generation generation;
    private final SuccessorChannel channel;
    private final HandoffId handoffId;

    AwaitingBegin(Generation generation, SuccessorChannel channel, HandoffId handoffId) {
        this.generation = generation;
        this.channel = channel;
        this.handoffId = handoffId;
    }

    /** The handoff this process was spawned for. */
    public HandoffId handoffId() {
        return handoffId;
    }

    /**
     * Waits until the incumbent has sealed and the lock is ours.
     *
     * @throws ParticipantEndedException if the handoff is over first, or the lock is held when it must not be
     */
    public Taken begin() throws ParticipantEndedException {
        DataDirLock lock = channel.awaitLock();
        channel.intake().begin(handoffId);
        return Taken.afterBegin(generation, lock, channel);
    }
}
