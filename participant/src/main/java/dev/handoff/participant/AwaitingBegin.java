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
     * Binds the control socket beside its path, and waits until the incumbent has sealed and the lock is ours.
     *
     * @throws ParticipantEndedException if the socket cannot be bound, the handoff is over first, or the lock is held when it must not be
     */
    public Taken begin() throws ParticipantEndedException {
        // While the incumbent drains: what is done after its seal, its clients wait for.
        ControlSocket socket;
        try {
            socket = ControlSocket.bindBeside(generation.config().controlSocket());
        } catch (ParticipantEndedException e) {
            channel.giveUp();
            throw e;
        }
        try {
            DataDirLock lock = channel.awaitLock();
            channel.intake().begin(handoffId);
            return Taken.afterBegin(generation, lock, channel, socket);
        } catch (ParticipantEndedException e) {
            socket.close();
            throw e;
        }
    }
}
