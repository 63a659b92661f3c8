package dev.handoff.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.cli.ControlClient.Answer;
import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlReply.Accepted;
import dev.handoff.coordinator.control.ControlReply.Busy;
import dev.handoff.coordinator.control.ControlReply.LastHandoff;
import dev.handoff.coordinator.control.ControlReply.ServiceStatus;
import dev.handoff.coordinator.control.ControlReply.Status;
import dev.handoff.coordinator.control.ControlReply.SwapEnded;
import dev.handoff.coordinator.control.ControlRequest;
import dev.handoff.coordinator.control.SwapOutcome;

/**
 * Asks for a swap and learns how it ended, also where the coordinator that was asked dies on the way: the next one goes on with the
 * handoff, or, where the journal does not have the request, is asked again. The handoff is named by whoever asks, so it happens
 * once. On the caller's thread, once.
 */
public final class SwapCall {

    /** The coordinator answers a swap at once, with {@code Accepted} or with a refusal. */
    private static final int FIRST_WORD_MS = 10_000;
    private static final int STATUS_MS = 5_000;
    /** A coordinator that died leaves its socket behind; where somebody keeps it, the next one listens there before long. */
    private static final long RESTART_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Path socket;
    private final ControlRequest.Swap request;
    private final long timeoutNs;
    private Optional<Accepted> accepted = Optional.empty();

    /** What could be learnt. */
    public sealed interface End {

        /** The coordinator's last word, which may be that there is no swap. */
        record Told(ControlReply lastWord) implements End {}

        /** The handoff is over, by a later coordinator's word. What only the one that began it had measured is empty. */
        record Learnt(SwapEnded ended, long coordinatorPid) implements End {}

        /** Nobody can tell. */
        record Unknown(HandoffId handoffId, Optional<String> service, String why) implements End {}

        /** There was no coordinator to ask. */
        record NotReached(String why) implements End {}
    }

    /**
     * @param timeoutNs
     *            how long no coordinator may answer, once one was reached; while one does, its own deadlines bound the handoff
     */
    public SwapCall(Path socket, Optional<String> service, Optional<Path> binary, long timeoutNs) {
        this.socket = socket;
        this.request = new ControlRequest.Swap(service,
                binary.map(path -> path.toAbsolutePath().normalize().toString()),
                Optional.of(HandoffId.of(UUID.randomUUID())));
        this.timeoutNs = timeoutNs;
    }

    /** Asks, and waits for the end. */
    public End run() {
        long startNs = System.nanoTime();
        boolean died = false;
        while (true) {
            switch (ControlClient.ask(socket, request, FIRST_WORD_MS)) {
                case Answer.Got(ControlReply lastWord) -> {
                    return new End.Told(lastWord);
                }
                case Answer.NotReached(String why, boolean refused) -> {
                    // The next coordinator takes the socket away before it binds its own.
                    died |= refused;
                    if (!died || System.nanoTime() - startNs >= Math.min(timeoutNs, RESTART_NS)) {
                        return new End.NotReached(why);
                    }
                    LockSupport.parkNanos(LOOK_NS);
                }
                case Answer.Lost lost -> {
                    accepted = lost.accepted();
                    return lost.strange() && accepted.isEmpty() ? unknown(lost.why()) : follow(lost.why());
                }
            }
        }
    }

    /** The id that the coordinator confirmed: one of an earlier release makes it up itself. */
    private HandoffId handoffId() {
        return accepted.map(Accepted::handoffId).or(request::handoffId).orElseThrow();
    }

    private End unknown(String why) {
        return new End.Unknown(handoffId(), accepted.map(Accepted::service).or(request::service), why);
    }

    private End follow(String lost) {
        long heardNs = System.nanoTime();
        while (true) {
            if (ControlClient.ask(socket, new ControlRequest.AskStatus(),
                    STATUS_MS) instanceof Answer.Got(Status status)) {
                heardNs = System.nanoTime();
                Optional<End> end = learn(status, lost);
                if (end.isPresent()) {
                    return end.get();
                }
            } else if (System.nanoTime() - heardNs >= timeoutNs) {
                return unknown(lost + ", and no coordinator has answered for "
                        + Wording.duration(System.nanoTime() - heardNs));
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    /** Empty as long as the end is not known. */
    private Optional<End> learn(Status status, String lost) {
        for (ServiceStatus service : status.services()) {
            if (service.handoff().filter(flight -> flight.id().equals(handoffId())).isPresent()) {
                return Optional.empty();
            }
            Optional<LastHandoff> last = service.last().filter(ended -> ended.id().equals(handoffId()));
            if (last.isPresent()) {
                return Optional.of(new End.Learnt(ended(service, last.get()), status.coordinatorPid()));
            }
        }
        return accepted.isPresent()
                ? Optional
                        .of(unknown(lost + ", and the restarted coordinator has had another handoff since, or lost its"
                                + " journal"))
                : askAgain();
    }

    /** The journal does not have the request: nothing has begun. */
    private Optional<End> askAgain() {
        return switch (ControlClient.ask(socket, request, FIRST_WORD_MS)) {
            case Answer.Got(Busy busy) when busy.handoffId().equals(handoffId()) -> Optional.empty();
            case Answer.Got(ControlReply lastWord) -> Optional.of(new End.Told(lastWord));
            case Answer.Lost lost -> {
                accepted = accepted.or(lost::accepted);
                yield Optional.empty();
            }
            case Answer.NotReached _ -> Optional.empty();
        };
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
