package dev.handoff.participant;

/** An incumbent runs, and a supervisor means this process to replace it. Owned by the daemon's main thread. */
public final class SuccessorStart implements Start {

    private final Generation generation;
    private final int controlFd;

    SuccessorStart(Generation generation, int controlFd) {
        this.generation = generation;
        this.controlFd = controlFd;
    }

    @Override
    public InheritedListeners listeners() {
        return generation.listeners();
    }

    /**
     * Says hello and waits, without limit, for the supervisor's answer. From here on a thread of its own keeps the session.
     *
     * @throws ParticipantEndedException if the supervisor goes away or chooses what was not offered
     */
    public AwaitingBegin handshake() throws ParticipantEndedException {
        // Before Hello: from then on the incumbent may be asked to drain, and looks whether somebody listens.
        SuccessorChannel channel = new SuccessorChannel(controlFd, generation, ConnectionIntake.open(generation));
        channel.start();
        return new AwaitingBegin(generation, channel, channel.awaitHandshake());
    }
}
