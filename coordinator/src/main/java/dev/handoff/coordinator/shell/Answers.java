package dev.handoff.coordinator.shell;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Outcome;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.SwapOutcome;
import dev.handoff.coordinator.core.Answer;
import dev.handoff.coordinator.core.Daemon;

/** Brings the core's answers to whoever asked. Loop thread only; a sink must not block. */
final class Answers {

    /** Who waits for what. */
    private record Waiting(String service, Consumer<ControlReply> sink) {}

    /** An abort that is under way: answered when its handoff has ended. */
    private record Aborting(HandoffId handoffId, Waiting waiting) {}

    private final Map<Long, Waiting> waiting = new HashMap<>();
    private final List<Aborting> aborting = new ArrayList<>();
    private long lastRequest;

    /** A number for a request whose answers go to this sink. */
    long expect(String service, Consumer<ControlReply> sink) {
        lastRequest++;
        waiting.put(lastRequest, new Waiting(service, sink));
        return lastRequest;
    }

    void answer(long request, Answer answer) {
        Waiting asked = waiting.get(request);
        if (asked == null) {
            return;
        }
        String service = asked.service();
        switch (answer) {
            case Answer.Accepted accepted -> {
                asked.sink().accept(new ControlReply.Accepted(accepted.handoffId(), service));
                return;
            }
            case Answer.Committed end -> asked.sink()
                    .accept(new ControlReply.SwapEnded(Optional.of(end.handoffId()), service, SwapOutcome.COMMITTED,
                            Optional.empty(), pid(end.before()), pid(end.after()), build(end.before()),
                            build(end.after()), OptionalLong.of(end.totalNs()), gap(end.writerGapNs())));
            case Answer.RolledBack end -> asked.sink()
                    .accept(new ControlReply.SwapEnded(Optional.of(end.handoffId()), service, SwapOutcome.ROLLED_BACK,
                            Optional.of(end.reason()), pid(end.before()), OptionalInt.empty(), build(end.before()),
                            Optional.empty(), OptionalLong.of(end.totalNs()), gap(end.writerGapNs())));
            case Answer.Busy busy -> asked.sink().accept(new ControlReply.Busy(service, busy.handoffId(),
                    StatusView.phase(busy.phase()), instant(busy.sinceNs())));
            case Answer.Refused refused -> asked.sink().accept(new ControlReply.Refused(refused.reason()));
            case Answer.NothingToAbort nothing ->
                asked.sink().accept(new ControlReply.NotAborted(service, nothing.reason()));
            case Answer.Aborting begun -> aborting.add(new Aborting(begun.handoffId(), asked));
        }
        waiting.remove(request);
    }

    /** A handoff that never came to its drain has no gap. */
    private static OptionalLong gap(long ns) {
        return ns == 0 ? OptionalLong.empty() : OptionalLong.of(ns);
    }

    /** A handoff is over: whoever asked to abort it is told now. */
    void ended(Event.HandoffEnded end) {
        for (Iterator<Aborting> it = aborting.iterator(); it.hasNext();) {
            Aborting abort = it.next();
            if (abort.handoffId().equals(end.stamp().handoffId())) {
                it.remove();
                abort.waiting().sink().accept(end.outcome() == Outcome.ROLLED_BACK
                        ? new ControlReply.Aborted(abort.handoffId(), abort.waiting().service())
                        : new ControlReply.NotAborted(abort.waiting().service(),
                                "the handoff ended as " + end.outcome().wireName()));
            }
        }
    }

    static Instant instant(long epochNs) {
        return Instant.ofEpochSecond(0, epochNs);
    }

    private static OptionalInt pid(Daemon daemon) {
        return OptionalInt.of((int) daemon.pid());
    }

    private static Optional<String> build(Daemon daemon) {
        return daemon.build().isEmpty() ? Optional.empty() : Optional.of(daemon.build());
    }
}
