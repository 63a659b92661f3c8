package dev.handoff.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.cli.ControlClient.Answer;
import dev.handoff.coordinator.control.ControlReply.Accepted;
import dev.handoff.coordinator.control.ControlReply.LastHandoff;
import dev.handoff.coordinator.control.ControlReply.ServiceStatus;
import dev.handoff.coordinator.control.ControlReply.Status;
import dev.handoff.coordinator.control.ControlReply.SwapEnded;
import dev.handoff.coordinator.control.ControlRequest;
import dev.handoff.coordinator.control.SwapOutcome;

/**
 * Learns how a handoff ended whose coordinator went away before it told: asks the next one, which goes on with it. On the
 * caller's thread.
 */
public final class SwapFollower {

    private static final int FIRST_WORD_MS = 5_000;
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private SwapFollower() {}

    /** What could be learnt. */
    public sealed interface Learnt {

        /** The handoff is over. What only the coordinator that began it had measured is empty. */
        record Ended(SwapEnded ended, long coordinatorPid) implements Learnt {}

        /** Nobody can tell. */
        record Unknown(String why) implements Learnt {}
    }

    /**
     * Waits for the end of this handoff.
     *
     * @param timeoutNs
     *            how long no coordinator may answer; while one does, its own deadlines bound the handoff
     */
    public static Learnt follow(Path socket, Accepted accepted, long timeoutNs) {
        long heardNs = System.nanoTime();
        while (true) {
            switch (ControlClient.ask(socket, new ControlRequest.AskStatus(), FIRST_WORD_MS)) {
                case Answer.Got(Status status) -> {
                    heardNs = System.nanoTime();
                    Optional<Learnt> learnt = learn(status, accepted);
                    if (learnt.isPresent()) {
                        return learnt.get();
                    }
                }
                case Answer.Got _,Answer.Lost _,Answer.NotReached _ -> {
                    if (System.nanoTime() - heardNs >= timeoutNs) {
                        return new Learnt.Unknown(
                                "no coordinator has answered for " + Wording.duration(System.nanoTime() - heardNs));
                    }
                }
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    /** Empty as long as the handoff is in flight. */
    private static Optional<Learnt> learn(Status status, Accepted accepted) {
        Optional<ServiceStatus> service = status.services().stream()
                .filter(each -> each.name().equals(accepted.service())).findFirst();
        if (service.isEmpty()) {
            return Optional.of(new Learnt.Unknown("the restarted coordinator has no service " + accepted.service()));
        }
        boolean inFlight = service.get().handoff().filter(flight -> flight.id().equals(accepted.handoffId()))
                .isPresent();
        if (inFlight) {
            return Optional.empty();
        }
        Optional<LastHandoff> last = service.get().last().filter(ended -> ended.id().equals(accepted.handoffId()));
        return Optional.of(last.isPresent()
                ? new Learnt.Ended(ended(service.get(), last.get()), status.coordinatorPid())
                : new Learnt.Unknown("the restarted coordinator has had another handoff since, or lost its journal"));
    }

    private static SwapEnded ended(ServiceStatus service, LastHandoff last) {
        boolean committed = last.outcome() == SwapOutcome.COMMITTED;
        Optional<String> build = service.build();
        return new SwapEnded(Optional.of(last.id()), service.name(), last.outcome(), last.reason(),
                committed ? OptionalInt.empty() : service.incumbentPid(),
                committed ? service.incumbentPid() : OptionalInt.empty(), committed ? Optional.empty() : build,
                committed ? build : Optional.empty(), OptionalLong.empty(), OptionalLong.empty());
    }
}
