package dev.handoff.coordinator.core;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;

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
 * @param takeovers
 *            how many coordinators took it over from one that had died
 */
public record Handoff(HandoffId id, long requestId, long requestedNs, long deadlineNs, String binary,
        String expectedBuild, long gapStartNs, Sent sent, int takeovers) {

    Handoff withBinary(String path) {
        return new Handoff(id, requestId, requestedNs, deadlineNs, path, expectedBuild, gapStartNs, sent, takeovers);
    }

    Handoff withGapStart(long timeNs) {
        return gapStartNs != 0
                ? this
                : new Handoff(id, requestId, requestedNs, deadlineNs, binary, expectedBuild, timeNs, sent, takeovers);
    }

    Handoff withSent(Sent now) {
        return new Handoff(id, requestId, requestedNs, deadlineNs, binary, expectedBuild, gapStartNs, now, takeovers);
    }

    /** That message is written once more. */
    Handoff unsent(Side to, MessageKind kind) {
        return withSent(sent.without(to, kind));
    }

    /** Whoever asked for it is gone with the coordinator that was asked. */
    Handoff takenOver() {
        return new Handoff(id, 0, requestedNs, deadlineNs, binary, expectedBuild, gapStartNs, sent, takeovers + 1);
    }
}
