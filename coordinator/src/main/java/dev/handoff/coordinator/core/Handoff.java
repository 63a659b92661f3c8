package dev.handoff.coordinator.core;

import dev.handoff.codec.HandoffId;

/**
 * What stays the same, or only grows, through one handoff.
 *
 * @param requestId
 *            to whom the end is told; 0 once told, or where nobody waits
 * @param requestedNs
 *            when it was asked for
 * @param deadlineNs
 *            when its whole budget is over
 * @param binary
 *            what to start: as asked for (possibly empty), from {@code BinaryResolved} on the absolute path
 * @param expectedBuild
 *            the only build id to accept, in hex, or empty
 * @param gapStartNs
 *            when the incumbent stopped writing ({@code Drained}, or its death), 0 before
 */
public record Handoff(HandoffId id, long requestId, long requestedNs, long deadlineNs, String binary,
        String expectedBuild, long gapStartNs, Sent sent) {

    Handoff withBinary(String path) {
        return new Handoff(id, requestId, requestedNs, deadlineNs, path, expectedBuild, gapStartNs, sent);
    }

    Handoff withGapStart(long timeNs) {
        return gapStartNs != 0
                ? this
                : new Handoff(id, requestId, requestedNs, deadlineNs, binary, expectedBuild, timeNs, sent);
    }

    Handoff withSent(Sent now) {
        return new Handoff(id, requestId, requestedNs, deadlineNs, binary, expectedBuild, gapStartNs, now);
    }

    Handoff answered() {
        return new Handoff(id, 0, requestedNs, deadlineNs, binary, expectedBuild, gapStartNs, sent);
    }
}
