package dev.handoff.replay;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;
import dev.handoff.journal.JournalReader;

/**
 * Runs a handoff again on the production core, with the journal's inputs and another policy. One story; one thread.
 *
 * <p>
 * Up to the first decision that changes, both courses take the same records. Timers that the policy moves fire where the changed course
 * has them. From then on an input of the journal is taken only while it fits: as long as neither course has told its sender anything
 * that the other has not. Where the changed course waits for somebody whose inputs no longer fit, nobody can know how it goes on.
 */
public final class WhatIf {

    /** So long after a takeover what comes from sockets may have lain there; a timer that is overdue comes after it. */
    private static final long CATCHING_UP_NS = 1_000_000_000;

    private static final long NS_PER_MS = 1_000_000;

    private final HandoffStory story;
    private final HandoffSummary summary;
    private final Rerun rerun;
    private final Orders orders;
    private final Sentences sentences;
    private final List<String> notes = new ArrayList<>();
    private final Set<Side> touched = EnumSet.noneOf(Side.class);
    /** Records on which both courses gave the same order. */
    private final Set<Long> common = new HashSet<>();
    /** When the changed course's patience with a connection ends, where the other course had another; by session. */
    private final Map<Long, Long> patienceEndsNs = new HashMap<>();
    private boolean lockWasNotLookedAt;
    private Optional<Alternative.Parting> parting = Optional.empty();
    private Optional<Alternative.Course> course = Optional.empty();
    private long lastSequence;
    private int epoch;
    private long caughtUpNs;

    private WhatIf(HandoffStory story, Rerun rerun) {
        this.story = story;
        this.summary = story.summary();
        this.rerun = rerun;
        this.orders = new Orders(summary);
        this.sentences = new Sentences(summary);
        this.lastSequence = summary.first().sequence() - 1;
        this.epoch = summary.first().epoch();
    }

    /**
     * Runs it again.
     *
     * @param reader on the journal of the story
     * @param change gives the other policy
     */
    public static Alternative run(JournalReader reader, HandoffStory story, UnaryOperator<ServicePolicy> change) {
        Rerun rerun = Rerun.before(reader, story.summary(), change);
        ServicePolicy policy = rerun.service().map(Service::policy).orElse(ServicePolicy.DEFAULT);
        if (!rerun.isReliable() || rerun.service().isEmpty()) {
            return new Alternative(story.summary(), policy, change.apply(policy), Optional.empty(),
                    new Alternative.Course.NotKnowable(
                            "records before it are lost, and with them the state it began in"),
                    List.of());
        }
        rerun.changePolicy();
        WhatIf whatIf = new WhatIf(story, rerun);
        Alternative.Course course = whatIf.run();
        return new Alternative(story.summary(), policy, change.apply(policy), whatIf.parting, course, whatIf.notes);
    }

    private Alternative.Course run() {
        for (Moment moment : story.moments()) {
            switch (moment.entry()) {
                case Entry.Happened(Entry.Header header, Event event) -> {
                    lookForTakeover(header, event);
                    fireBefore(header, event, moment.before());
                    if (course.isEmpty()) {
                        take(moment, header, event);
                    }
                    lastSequence = header.sequence();
                }
                case Entry.Snapshot _,Entry.LossNoted _ -> {
                }
                case Entry.NotUnderstood _,Entry.Damaged _ -> course = Optional.of(new Alternative.Course.NotKnowable(
                        "behind record " + lastSequence + " the journal is damaged, and inputs are lost"));
            }
            if (course.isPresent()) {
                return course.get();
            }
        }
        return parting.isEmpty() || rerun.ended().isPresent()
                ? endOrSame()
                : new Alternative.Course.NotKnowable("the journal holds no more inputs of it");
    }

    private Alternative.Course endOrSame() {
        return parting.isPresent() && rerun.ended().isPresent()
                ? rerun.ended().get()
                : new Alternative.Course.Same();
    }

    /** While nobody steered no timer fired, and then what lay on the sockets came first. */
    private void lookForTakeover(Entry.Header header, Event event) {
        if (header.epoch() != epoch) {
            epoch = header.epoch();
            caughtUpNs = Long.MAX_VALUE;
        }
        if (event instanceof Event.CoordinatorRestarted) {
            caughtUpNs = header.timeNs() + CATCHING_UP_NS;
        }
    }

    // ---- The changed course's own timers --------------------------------------------------------------------------------

    /** Fires what the changed course has due before this record, and the course that was taken has not. */
    private void fireBefore(Entry.Header header, Event event, Optional<Service> recorded) {
        if (header.timeNs() < caughtUpNs && caughtUpNs != 0 && comesFromSockets(event)) {
            return;
        }
        for (Optional<Map.Entry<TimerKind, Long>> due = due(header, recorded); due.isPresent()
                && course.isEmpty(); due = due(
                        header, recorded)) {
            fire(due.get().getKey(), due.get().getValue());
        }
    }

    private static boolean comesFromSockets(Event event) {
        return switch (event) {
            case Event.MessageReceived _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.ProcessExited _,Event.MessageSending _,Event.GateJudged _,Event.HandoffEnded _,Event.SpawnOrdered _,Event.ServiceConfigured _,Event.CoordinatorRestarted _ ->
                true;
            case Event.CoordinatorStarted _,Event.StopRequested _,Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.Spawned _,Event.SpawnFailed _,Event.SessionConnected _,Event.ConnectFailed _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _ ->
                false;
        };
    }

    private Optional<Map.Entry<TimerKind, Long>> due(Entry.Header header, Optional<Service> recorded) {
        return rerun.service().stream().flatMap(service -> service.timers().entrySet().stream())
                .filter(timer -> timer.getValue() < header.timeNs())
                // Whether somebody was silent whose words no longer fit, nobody knows.
                .filter(timer -> touched.isEmpty() || timer.getKey() != TimerKind.SILENCE)
                .filter(timer -> parting.isPresent() || !isArmed(recorded, timer))
                .min(Comparator.comparingLong(Map.Entry::getValue));
    }

    /** A timer that both courses have fires where the journal says, or was overtaken there. */
    private static boolean isArmed(Optional<Service> recorded, Map.Entry<TimerKind, Long> timer) {
        return recorded.filter(service -> timer.getValue().equals(service.timers().get(timer.getKey()))).isPresent();
    }

    private void fire(TimerKind kind, long dueNs) {
        Optional<Service> before = rerun.service();
        Event.TimerFired fired = rerun.timer(kind, dueNs);
        List<Effect> ordered = rerun.take(fired);
        List<String> decisions = orders.decisions(ordered, before);
        if (parting.isEmpty() && !decisions.isEmpty()) {
            parting = Optional.of(new Alternative.Parting(OptionalLong.empty(), lastSequence, fired.stamp().timeNs(),
                    Sentences.timeUp(kind), List.of(), decisions));
        }
        if (parting.isPresent()) {
            noteApart(List.of(), decisions);
            rerun.enact(ordered);
            conclude();
        }
    }

    // ---- The journal's records -----------------------------------------------------------------------------------------

    private void take(Moment moment, Entry.Header header, Event event) {
        if (parting.isEmpty()) {
            takeTogether(moment, header, event);
            return;
        }
        List<String> recorded = orders.decisions(moment.ordered(), moment.before());
        List<String> changed = List.of();
        if (isTakeover(event)) {
            course = Optional.of(new Alternative.Course.NotKnowable("record " + header.sequence()
                    + " tells what a coordinator found that took over then: that belongs to the course that was taken"));
            return;
        }
        if (fits(moment, event)) {
            Optional<Service> before = rerun.service();
            List<Effect> ordered = rerun.take(event);
            changed = orders.decisions(ordered, before);
            if (changed.equals(recorded)) {
                common.add(header.sequence());
            }
            rerun.enact(ordered);
        }
        noteApart(recorded, changed);
        conclude();
    }

    private void takeTogether(Moment moment, Entry.Header header, Event event) {
        Optional<Service> before = rerun.service();
        List<Effect> ordered = rerun.take(rerun.underChangedPolicy(event));
        List<String> changed = orders.decisions(ordered, before);
        List<String> recorded = orders.decisions(moment.ordered(), moment.before());
        if (changed.equals(recorded)) {
            noteOtherWords(moment.ordered(), ordered);
            notePatience(moment.ordered(), ordered, header.timeNs());
            lookAtPatience(header, event);
            return;
        }
        parting = Optional.of(new Alternative.Parting(OptionalLong.of(header.sequence()), lastSequence, header.timeNs(),
                sentences.of(moment).orElse(EntryText.line(moment.entry(), story.names()).strip()),
                Orders.without(recorded, changed), Orders.without(changed, recorded)));
        noteApart(recorded, changed);
        rerun.enact(ordered);
        conclude();
    }

    private void noteApart(List<String> recorded, List<String> changed) {
        touched.addAll(Orders.touched(recorded, changed));
        touched.addAll(Orders.touched(changed, recorded));
        lockWasNotLookedAt |= Orders.without(changed, recorded).contains(Orders.LOOK_AT_LOCK);
    }

    /** The incumbent is told how long it may drain. */
    private void noteOtherWords(List<Effect> recorded, List<Effect> changed) {
        for (int i = 0; i < Math.min(recorded.size(), changed.size()); i++) {
            if (recorded.get(i) instanceof Effect.SendToIncumbent was
                    && was.message() instanceof Message.PrepareHandoff before
                    && changed.get(i) instanceof Effect.SendToIncumbent is
                    && is.message() instanceof Message.PrepareHandoff after && !before.equals(after)) {
                notes.add("The incumbent would have been told other budgets (PrepareHandoff: drain_grace_ms "
                        + after.drainGraceMs() + ", deadline_ms " + after.deadlineMs() + " instead of "
                        + before.drainGraceMs() + " and " + before.deadlineMs()
                        + "); that it would have answered as it did is assumed.");
            }
        }
    }

    /** For how long a connection is tried is told to a worker, whose answer then depends on the policy. */
    private void notePatience(List<Effect> recorded, List<Effect> changed, long timeNs) {
        for (Effect effect : changed) {
            if (effect instanceof Effect.Connect connect && !recorded.contains(connect)) {
                patienceEndsNs.put(connect.session(), timeNs + connect.withinMs() * NS_PER_MS);
            }
        }
    }

    private void lookAtPatience(Entry.Header header, Event event) {
        boolean failed = event instanceof Event.ConnectFailed e && patienceEndsNs.containsKey(e.session());
        boolean late = event instanceof Event.SessionConnected e
                && patienceEndsNs.getOrDefault(e.session(), Long.MAX_VALUE) < header.timeNs();
        if (failed || late) {
            course = Optional
                    .of(new Alternative.Course.NotKnowable("record " + header.sequence() + " says that a connection "
                            + (failed ? "failed in" : "came after")
                            + " a time that this policy does not give it: how it would have gone nobody knows"));
        }
    }

    private static boolean isTakeover(Event event) {
        return event instanceof Event.CoordinatorRestarted || event instanceof Event.CoordinatorStarted;
    }

    /** Whether the changed course would have had this input too. */
    private boolean fits(Moment moment, Event event) {
        return switch (event) {
            case Event.MessageReceived e -> !touched.contains(e.from());
            case Event.FragmentReceived e -> !touched.contains(e.from());
            case Event.FrameRejected e -> !touched.contains(e.from());
            case Event.SessionClosed e -> !touched.contains(e.peer());
            case Event.ProcessExited e -> orders.side(e.pid()).filter(touched::contains).isEmpty();
            case Event.Spawned _,Event.SpawnFailed _,Event.BinaryResolved _,Event.BinaryRejected _,Event.SessionConnected _,Event.ConnectFailed _,Event.FencePassed _,Event.LockSeen _ ->
                wasOrderedInBoth(moment.causedBy());
            case Event.SwapRequested _,Event.AbortRequested _,Event.StopRequested _ -> true;
            // What the coordinator writes of itself, each course writes for itself.
            case Event.MessageSending _,Event.SpawnOrdered _,Event.GateJudged _,Event.HandoffEnded _,Event.TimerFired _ ->
                false;
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _ -> false;
        };
    }

    private boolean wasOrderedInBoth(OptionalLong order) {
        return order.isPresent() && (order.getAsLong() < firstApart() || common.contains(order.getAsLong()));
    }

    /** The first record that the courses do not share. */
    private long firstApart() {
        Alternative.Parting here = parting.orElseThrow();
        return here.sequence().orElse(here.after() + 1);
    }

    // ---- How it would have ended ---------------------------------------------------------------------------------------

    /** Looks whether the end is known now, or that it cannot be. */
    private void conclude() {
        if (!rerun.isReliable()) {
            course = Optional.of(new Alternative.Course.NotKnowable(
                    "behind record " + lastSequence + " the inputs make no sense under this policy"));
            return;
        }
        if (rerun.ended().isPresent()) {
            course = rerun.ended().map(end -> end);
            return;
        }
        Optional<State.InHandoff> flight = rerun.service().map(Service::state).filter(State.InHandoff.class::isInstance)
                .map(State.InHandoff.class::cast)
                .filter(state -> state.handoffId().equals(summary.id()) && !summary.id().equals(HandoffId.NONE));
        if (flight.isEmpty()) {
            course = Optional.of(new Alternative.Course.Same());
            return;
        }
        course = backReason(flight.get()).<Alternative.Course>map(
                reason -> new Alternative.Course.RollsBack(reason, rerun.nowNs()))
                .or(() -> unknown(flight.get()));
    }

    private static Optional<String> backReason(State.InHandoff flight) {
        return switch (flight) {
            case State.AwaitingSuccessorExit a -> Optional.of(a.reason());
            case State.AwaitingIncumbentResumed a -> Optional.of(a.reason());
            case State.AwaitingIncumbentProbed a -> Optional.of(a.reason());
            case State.AwaitingBinary _,State.AwaitingIncumbentHello _,State.AwaitingSuccessorSpawn _,State.AwaitingSuccessorHello _,State.AwaitingDrained _,State.AwaitingSealComplete _,State.AwaitingReady _,State.AwaitingLockSeen _ ->
                Optional.empty();
        };
    }

    private Optional<Alternative.Course> unknown(State.InHandoff flight) {
        if (flight instanceof State.AwaitingLockSeen && lockWasNotLookedAt) {
            return Optional.of(new Alternative.Course.NotKnowable(
                    "it would have asked the kernel who holds the lock, which nobody did: no LockSeen is in the journal"));
        }
        return awaited(flight).filter(touched::contains).map(side -> new Alternative.Course.NotKnowable(
                "it would have waited in phase " + Phase.of(flight).word() + " for the " + Sentences.word(side)
                        + until(flight)
                        + ", and what that one did from here on in the journal is its answer to the course that was taken"));
    }

    /** When patience would have ended. */
    private String until(State.InHandoff flight) {
        return rerun.service().flatMap(service -> service.timers().entrySet().stream()
                .filter(timer -> timer.getKey() != TimerKind.HEARTBEAT)
                .min(Comparator.comparingLong(Map.Entry::getValue)))
                .map(timer -> ", at most "
                        + Shown.duration(timer.getValue() - flight.handoff().requestedNs()) + " after the request")
                .orElse("");
    }

    private static Optional<Side> awaited(State.InHandoff flight) {
        return switch (flight) {
            case State.AwaitingIncumbentHello _,State.AwaitingDrained _,State.AwaitingSealComplete _,State.AwaitingIncumbentResumed _,State.AwaitingIncumbentProbed _ ->
                Optional.of(Side.INCUMBENT);
            case State.AwaitingSuccessorSpawn _,State.AwaitingSuccessorHello _,State.AwaitingReady _,State.AwaitingSuccessorExit _ ->
                Optional.of(Side.SUCCESSOR);
            case State.AwaitingBinary _,State.AwaitingLockSeen _ -> Optional.empty();
        };
    }
}
