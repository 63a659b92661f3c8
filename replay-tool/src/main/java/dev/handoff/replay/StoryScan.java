package dev.handoff.replay;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.core.Answer;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;

/**
 * Recognises the handoffs of a journal as its entries go by, and tells each one when it is over. It holds the handoffs in flight and
 * nothing else, however long the journal is. One thread, one reading from the journal's first record.
 */
final class StoryScan implements Predicate<Entry> {

    /** Late words of a handoff may follow its end; after so many more handoffs they do not. */
    private static final int REMEMBERED = 64;

    private final ServiceNames names;
    private final Predicate<HandoffSummary> sink;
    private final StateTrack track = new StateTrack();
    private final Map<HandoffId, OpenHandoff> open = new LinkedHashMap<>();
    private final Set<HandoffId> told = new LinkedHashSet<>();
    private long snapshot;
    private boolean wanted = true;

    /**
     * @param names what the decoder learns
     * @param sink  takes each handoff at its end; false stops the reading
     */
    StoryScan(ServiceNames names, Predicate<HandoffSummary> sink) {
        this.names = names;
        this.sink = sink;
    }

    @Override
    public boolean test(Entry entry) {
        switch (entry) {
            case Entry.Happened happened -> happened(happened);
            case Entry.Snapshot taken -> {
                track.take(taken);
                if (taken.state().isPresent()) {
                    snapshot = taken.header().sequence();
                }
            }
            case Entry.LossNoted _,Entry.NotUnderstood _,Entry.Damaged _ -> {
                track.take(entry);
                if (!track.isReliable()) {
                    open.values().forEach(OpenHandoff::statesAreLost);
                }
            }
        }
        return wanted;
    }

    private void happened(Entry.Happened happened) {
        Event event = happened.event();
        Entry.Header header = happened.header();
        int number = event.stamp().service();
        List<Service> before = number == Stamp.COORDINATOR
                ? track.state().services().values()
                : track.service(number).stream().toList();
        List<Effect> ordered = track.take(happened);
        touch(event, header);
        if (track.isReliable()) {
            before.forEach(service -> follow(service, track.service(service.number()), header));
        }
        end(event, ordered);
    }

    /** The handoff that the record names. */
    private void touch(Event event, Entry.Header header) {
        HandoffId id = event.stamp().handoffId();
        if (!id.equals(HandoffId.NONE) && !told.contains(id)) {
            of(id, event.stamp().service(), header).take(event, header);
        }
    }

    private OpenHandoff of(HandoffId id, int service, Entry.Header header) {
        return open.computeIfAbsent(id,
                _ -> new OpenHandoff(id, service, header, snapshot, track.isReliable()));
    }

    /** What the step changed in the handoff that was in flight before it, or is after it. */
    private void follow(Service before, Optional<Service> after, Entry.Header header) {
        State was = before.state();
        State is = after.map(Service::state).orElse(was);
        OpenHandoff known = open.get(was instanceof State.InHandoff ? was.handoffId() : is.handoffId());
        if (known != null) {
            known.follow(was, is, header);
        }
    }

    private void end(Event event, List<Effect> ordered) {
        HandoffId id = event.stamp().handoffId();
        OpenHandoff known = open.get(id);
        if (known == null) {
            return;
        }
        switch (event) {
            case Event.HandoffEnded ended -> tell(known, new Ending.Ended(ended.outcome(), ended.reason()));
            case Event.SwapRequested _ -> {
                Optional<String> refusal = refusal(ordered);
                if (refusal.isPresent() && track.isReliable()) {
                    tell(known, new Ending.Refused(refusal.get()));
                } else {
                    open.values().stream()
                            .filter(other -> other.service() == known.service() && !other.id().equals(id))
                            .toList().forEach(lost -> tell(lost, new Ending.Untold()));
                }
            }
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.SpawnOrdered _,Event.Spawned _,Event.SpawnFailed _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.MessageReceived _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.MessageSending _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _,Event.GateJudged _ ->
                {
                }
        }
    }

    /** What the core answered to a request that it did not accept. */
    private static Optional<String> refusal(List<Effect> ordered) {
        for (Effect effect : ordered) {
            if (effect instanceof Effect.Respond respond) {
                if (respond.answer() instanceof Answer.Busy busy) {
                    return Optional.of("handoff " + busy.handoffId() + " was in flight");
                } else if (respond.answer() instanceof Answer.Refused refused) {
                    return Optional.of(refused.reason());
                }
            }
        }
        return Optional.empty();
    }

    private void tell(OpenHandoff handoff, Ending ending) {
        open.remove(handoff.id());
        told.add(handoff.id());
        if (told.size() > REMEMBERED) {
            told.remove(told.iterator().next());
        }
        wanted = wanted && sink.test(handoff.summary(nameOf(handoff), ending));
    }

    private String nameOf(OpenHandoff handoff) {
        return names.of(handoff.service()).orElse("-");
    }

    /** The reading is over: what is still open is in flight, or its end is lost. */
    void finish() {
        for (OpenHandoff left : List.copyOf(open.values())) {
            boolean inFlight = track.isReliable() && track.service(left.service())
                    .filter(service -> service.state().handoffId().equals(left.id()) || !service.owed().isEmpty())
                    .isPresent();
            tell(left, inFlight ? new Ending.InFlight() : new Ending.Untold());
        }
    }

    /** The handoffs in flight where the reading stands. */
    Set<HandoffId> inFlight() {
        return Collections.unmodifiableSet(open.keySet());
    }
}
