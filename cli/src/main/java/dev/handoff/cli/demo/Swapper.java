package dev.handoff.cli.demo;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

import dev.handoff.cli.ControlClient;
import dev.handoff.cli.ControlClient.Answer;
import dev.handoff.cli.SwapFollower;
import dev.handoff.cli.SwapFollower.Learnt;
import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlReply.Accepted;
import dev.handoff.coordinator.control.ControlReply.SwapEnded;
import dev.handoff.coordinator.control.ControlReplyCodec;
import dev.handoff.coordinator.control.ControlRequest;
import dev.handoff.coordinator.control.SwapOutcome;

/** Asks for the demo's swaps as {@code handoff swap} does. The demo's thread. */
final class Swapper {

    private static final int FIRST_WORD_MS = 10_000;
    private static final long BACK_NS = TimeUnit.SECONDS.toNanos(60);

    private final DemoDirectory directory;

    Swapper(DemoDirectory directory) {
        this.directory = directory;
    }

    /** Asks for the swap to this build, which is there, and waits for its end, also where another coordinator brings it about. */
    Swap swap(int number) {
        String build = DemoDirectory.buildName(number);
        ControlRequest request = new ControlRequest.Swap(Optional.of(DemoDirectory.SERVICE),
                Optional.of(directory.build(number).toString()));
        return switch (ControlClient.ask(directory.triggerSocket(), request, FIRST_WORD_MS)) {
            case Answer.Got(SwapEnded ended) -> ended(number, build, ended);
            case Answer.Got(ControlReply.Busy busy) ->
                unended(number, build, SwapOutcome.BUSY, Optional.of(busy.handoffId()), "busy in " + busy.phase());
            case Answer.Got(ControlReply other) -> unended(number, build, SwapOutcome.INDETERMINATE, Optional.empty(),
                    "the coordinator answered " + ControlReplyCodec.encode(other));
            case Answer.Lost(Optional<Accepted> accepted, String why) -> accepted.isPresent()
                    ? followed(number, build, accepted.get())
                    : unended(number, build, SwapOutcome.INDETERMINATE, Optional.empty(),
                            "the coordinator was lost: " + why);
            case Answer.NotReached(String why) ->
                unended(number, build, SwapOutcome.INDETERMINATE, Optional.empty(), "no coordinator: " + why);
        };
    }

    private Swap followed(int number, String build, Accepted accepted) {
        return switch (SwapFollower.follow(directory.triggerSocket(), accepted, BACK_NS)) {
            case Learnt.Ended(SwapEnded ended, long _) -> ended(number, build, ended);
            case Learnt.Unknown(String why) -> unended(number, build, SwapOutcome.INDETERMINATE,
                    Optional.of(accepted.handoffId()), "the coordinator was lost, and " + why);
        };
    }

    private static Swap ended(int number, String build, SwapEnded ended) {
        Swap swap = new Swap(number, build, ended.outcome(), ended.reason(), ended.handoffId(), ended.totalNs(),
                ended.writerGapNs(), 0, Phases.NONE);
        String expected = HexFormat.of().formatHex(build.getBytes(StandardCharsets.UTF_8));
        return ended.outcome() == SwapOutcome.COMMITTED && ended.newBuild().isPresent()
                && !ended.newBuild().get().equals(expected)
                        ? swap.but(SwapOutcome.INDETERMINATE,
                                "build " + ended.newBuild().get() + " serves, not " + expected)
                        : swap;
    }

    private static Swap unended(int number, String build, SwapOutcome outcome, Optional<HandoffId> id, String why) {
        return new Swap(number, build, outcome, Optional.of(why), id, OptionalLong.empty(), OptionalLong.empty(), 0,
                Phases.NONE);
    }
}
