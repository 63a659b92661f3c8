package dev.handoff.participant;

import dev.handoff.codec.HandoffId;

/** Why {@link IncumbentStage#serve} returned. The process should finish its last reads, if any, and exit. */
public sealed interface Served {

    /** What the process should exit with. */
    int exitCode();

    /** A successor has taken over. The lock is released, and what lies in the data directory is the successor's. */
    record Committed(HandoffId handoffId) implements Served {
        @Override
        public int exitCode() {
            return 0;
        }
    }

    /** {@link IncumbentStage#stop} was called. The lock is still held until {@link IncumbentStage#close}. */
    record Stopped() implements Served {
        @Override
        public int exitCode() {
            return 0;
        }
    }

    /** Neither this process's nor safe to serve on: the reason says why and what to do. */
    record GaveUp(String reason) implements Served {
        @Override
        public int exitCode() {
            return 1;
        }
    }
}
