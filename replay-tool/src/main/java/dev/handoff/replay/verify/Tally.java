package dev.handoff.replay.verify;

import java.util.EnumMap;
import java.util.Map;

import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventKind;
import dev.handoff.codec.event.Outcome;

/** What was checked, and how often. One thread. */
final class Tally {

    private long records;
    private long firstSequence;
    private long lastSequence;
    private long firstTimeNs;
    private long lastTimeNs;
    private long epochs;
    private long damaged;
    private long clocksSetBack;
    private long furthestBackNs;
    private long inputs;
    private long messages;
    private long spawns;
    private long decisions;
    private long cutShort;
    private long snapshotsCompared;
    private final long[] kinds = new long[EventKind.MAX_NUMBER + 1];
    private final Map<Outcome, Long> ends = new EnumMap<>(Outcome.class);

    void record(long sequence, long timeNs) {
        if (records == 0) {
            firstSequence = sequence;
            firstTimeNs = timeNs;
        }
        records++;
        lastSequence = sequence;
        lastTimeNs = timeNs;
    }

    void epoch() {
        epochs++;
    }

    void damaged() {
        damaged++;
    }

    void clockSetBack(long byNs) {
        clocksSetBack++;
        furthestBackNs = Math.max(furthestBackNs, byNs);
    }

    void event(EventKind kind) {
        kinds[kind.number()]++;
    }

    void input() {
        inputs++;
    }

    void ordered(Event event) {
        switch (event) {
            case Event.MessageSending _ -> messages++;
            case Event.SpawnOrdered _ -> spawns++;
            case Event.HandoffEnded ended -> {
                decisions++;
                ends.merge(ended.outcome(), 1L, Long::sum);
            }
            case Event.GateJudged _ -> decisions++;
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _,Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.Spawned _,Event.SpawnFailed _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.MessageReceived _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _ ->
                throw new IllegalStateException("never ordered: " + event);
        }
    }

    void cutShort(int orders) {
        cutShort += orders;
    }

    void snapshotCompared() {
        snapshotsCompared++;
    }

    long records() {
        return records;
    }

    /** Everything counted, as it is now. */
    Checked checked() {
        return new Checked(records, firstSequence, lastSequence, firstTimeNs, lastTimeNs, epochs, damaged,
                clocksSetBack, furthestBackNs, inputs, messages, spawns, decisions, cutShort,
                snapshotsCompared, kinds[EventKind.SWAP_REQUESTED.number()],
                kinds[EventKind.TIMER_FIRED.number()], ends);
    }
}
