package dev.handoff.coordinator.control;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

import dev.handoff.codec.HandoffId;

/** What the coordinator answers. All but {@link Accepted} are last words: the line after which it says nothing more. */
public sealed interface ControlReply {

    /** The swap has begun, and goes on whether or not the client stays. */
    record Accepted(HandoffId handoffId, String service) implements ControlReply {}

    /**
     * A swap's end, and the row a script reads: {@code ./handoff swap --json} prints it. Pids and builds are empty where
     * none was known, {@code reason} is empty after a commit.
     *
     * @param totalNs     from the request's acceptance to the outcome
     * @param writerGapNs from the incumbent's last accepted write to the successor's first, as far as the messages show
     *                    it: {@code Drained}, or the incumbent's death, to {@code Commit}; empty if the handoff
     *                    never came so far
     */
    record SwapEnded(Optional<HandoffId> handoffId, String service, SwapOutcome outcome, Optional<String> reason,
            OptionalInt oldPid, OptionalInt newPid, Optional<String> oldBuild, Optional<String> newBuild,
            OptionalLong totalNs, OptionalLong writerGapNs) implements ControlReply {}

    /** Refused: this service already has a handoff in flight. */
    record Busy(String service, HandoffId handoffId, String phase, Instant since) implements ControlReply {}

    /** The handoff is rolled back, and the incumbent serves. */
    record Aborted(HandoffId handoffId, String service) implements ControlReply {}

    /** None is in flight, or it is past the point where it can be rolled back. */
    record NotAborted(String service, String reason) implements ControlReply {}

    /**
     * Everything there is to know at this moment, services in the configuration's order.
     *
     * @param notes for people: where descriptors are parked, and what of them is missing
     */
    record Status(long coordinatorPid, List<String> notes, List<ServiceStatus> services) implements ControlReply {
        public Status {
            notes = List.copyOf(notes);
            services = List.copyOf(services);
        }
    }

    /** The request is wrong or not allowed: an unknown service, a binary that is not in {@code allowed_binaries}, … */
    record Refused(String reason) implements ControlReply {}

    /**
     * One supervised service.
     *
     * @param since when the service came into this state
     * @param last  the handoff that ended last
     */
    record ServiceStatus(String name, String state, OptionalInt incumbentPid, Optional<String> build, Instant since,
            Optional<HandoffStatus> handoff, Optional<LastHandoff> last) {}

    /**
     * A handoff in flight.
     *
     * @param since          when it came into this phase
     * @param deadlineLeftMs until it is given up; negative once that is overdue
     */
    record HandoffStatus(HandoffId id, String phase, Instant since, long deadlineLeftMs, int shardsSealed,
            int shardsTotal) {}

    /**
     * A handoff that is over; whoever lost the coordinator while it was in flight learns here what became of it.
     *
     * @param outcome as {@link SwapOutcome} has it
     */
    record LastHandoff(HandoffId id, SwapOutcome outcome, Optional<String> reason, Instant ended) {}
}
