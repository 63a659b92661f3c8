package dev.handoff.coordinator.core;

import dev.handoff.codec.HandoffId;

/** What whoever asked for something is told. */
public sealed interface Answer {

    /** The handoff has begun under this id; its end will follow. */
    record Accepted(HandoffId handoffId) implements Answer {}

    /** The successor serves. Times in nanoseconds; the writer gap runs from {@code Drained} to {@code Commit}. */
    record Committed(HandoffId handoffId, Daemon before, Daemon after, long totalNs, long writerGapNs)
            implements
            Answer {}

    /** The old incumbent serves on, or what {@code reason} says. */
    record RolledBack(HandoffId handoffId, Daemon before, String reason, long totalNs, long writerGapNs)
            implements
            Answer {}

    /** Another handoff is in flight. {@code sinceNs}: when it was asked for. */
    record Busy(HandoffId handoffId, String phase, long sinceNs) implements Answer {}

    /** The service cannot take this request now: {@code reason} says why. */
    record Refused(String reason) implements Answer {}

    /** The handoff is being rolled back. */
    record Aborting(HandoffId handoffId) implements Answer {}

    /** There is no handoff in flight to roll back, or it is past the point where it could be. */
    record NothingToAbort(String reason) implements Answer {}
}
