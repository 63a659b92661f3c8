package dev.handoff.participant;

/** What this process was started as. */
public sealed interface Start permits ColdStart, SuccessorStart {

    /** The listeners inherited from the supervisor; none when the daemon was started by hand. */
    InheritedListeners listeners();

    /**
     * The short way for a daemon without a warm-up: until the data directory is this process's, whichever start it is.
     *
     * @throws ParticipantEndedException as the steps it takes
     */
    default Taken take() throws ParticipantEndedException {
        return switch (this) {
            case ColdStart cold -> cold.takeLock();
            case SuccessorStart successor -> successor.handshake().begin();
        };
    }
}
