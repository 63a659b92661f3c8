package dev.handoff.participant;

/** No other generation runs: the daemon takes the lock, recovers its state and serves. Owned by the daemon's main thread. */
public final class ColdStart implements Start {

    private final Generation generation;

    ColdStart(Generation generation) {
        this.generation = generation;
    }

    @Override
    public InheritedListeners listeners() {
        return generation.listeners();
    }

    /**
     * Takes the data directory's lock.
     *
     * @throws ParticipantEndedException if another process holds it, or it cannot be taken at all
     */
    public Taken takeLock() throws ParticipantEndedException {
        return switch (DataDirLock.take(generation.config().dataDir())) {
            case DataDirLock.Taken(DataDirLock lock) -> Taken.afterColdStart(generation, lock);
            case DataDirLock.HeldBy holder -> throw new ParticipantEndedException(1, "the data directory "
                    + generation.config().dataDir() + " is " + holder + ": only one process may have it");
            case DataDirLock.Unusable(String reason) -> throw new ParticipantEndedException(1, reason);
        };
    }
}
