package dev.handoff.cli.demo;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

import dev.handoff.cli.SwapCall;
import dev.handoff.cli.SwapCall.End;
import dev.handoff.codec.HandoffId;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlReply.SwapEnded;
import dev.handoff.coordinator.control.ControlReplyCodec;
import dev.handoff.coordinator.control.SwapOutcome;

/** Asks for the demo's swaps as {@code handoff swap} does. The demo's thread. */
final class Swapper {

    private static final long BACK_NS = TimeUnit.SECONDS.toNanos(60);

    private final DemoDirectory directory;

    Swapper(DemoDirectory directory) {
        this.directory = directory;
    }

    /** Asks for the swap to this build, which is there, and waits for its end, also where another coordinator brings it about. */
    Swap swap(int number) {
        String build = DemoDirectory.buildName(number);
        SwapCall call = new SwapCall(directory.triggerSocket(), Optional.of(DemoDirectory.SERVICE),
                Optional.of(directory.build(number)), BACK_NS);
        return switch (call.run()) {
            case End.Told(SwapEnded ended) -> ended(number, build, ended);
            case End.Learnt(SwapEnded ended, long _) -> ended(number, build, ended);
            case End.Told(ControlReply.Busy busy) ->
                unended(number, build, SwapOutcome.BUSY, Optional.of(busy.handoffId()), "busy in " + busy.phase());
            case End.Told(ControlReply other) -> unended(number, build, SwapOutcome.INDETERMINATE, Optional.empty(),
                    "the coordinator answered " + ControlReplyCodec.encode(other));
            case End.Unknown unknown -> unended(number, build, SwapOutcome.INDETERMINATE,
                    Optional.of(unknown.handoffId()), "the coordinator was lost: " + unknown.why());
            case End.NotReached(String why) ->
                unended(number, build, SwapOutcome.INDETERMINATE, Optional.empty(), "no coordinator: " + why);
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
