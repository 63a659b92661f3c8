package dev.handoff.coordinator.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Stamp;
import dev.handoff.codec.event.TimerKind;

/**
 * The production core with a shell in miniature: what the shell journals by itself (messages being sent, spawns ordered, the
 * core's notes) is stepped right after the effect that orders it. Everything else is up to the test.
 */
final class Rehearsal {

    /** One event given by the test, and all that followed. */
    record Step(Event event, CoordinatorState before, List<Effect> effects, CoordinatorState after) {
        boolean changedSomething() {
            return !effects.isEmpty() || !before.equals(after);
        }
    }

    private final Fold fold = new Fold();
    private final List<Event> journal = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final Map<Integer, SortedMap<TimerKind, Long>> armed = new TreeMap<>();

    /** Takes the event, runs what it leads to, and checks that the shell's timers are those of the state. */
    Step take(Event event) {
        Step step = takeAndDie(event, Integer.MAX_VALUE);
        for (Service service : fold.state().services().values()) {
            assertEquals(service.timers(), timersOf(service.number()), () -> "timers after " + event);
        }
        return step;
    }

    /** Takes the event, and does no more than the first {@code most} of what it orders: those are the step's effects. */
    Step takeAndDie(Event event, int most) {
        CoordinatorState before = fold.state();
        if (event instanceof Event.TimerFired fired) {
            timersOf(fired.stamp().service()).remove(fired.kind(), fired.dueNs());
        } else if (event instanceof Event.CoordinatorStarted || event instanceof Event.CoordinatorRestarted) {
            armed.clear();
        } else if (event instanceof Event.ServiceConfigured configured && configured.takeover()) {
            // The timers died with the coordinator; what the state holds is armed again by what follows.
            Service known = service(configured.stamp().service());
            armed.put(configured.stamp().service(), known == null ? new TreeMap<>() : new TreeMap<>(known.timers()));
        }
        List<Effect> effects = apply(event);
        List<Effect> done = effects.subList(0, Math.min(most, effects.size()));
        for (Effect effect : done) {
            run(effect, event.stamp().timeNs());
        }
        return new Step(event, before, done, fold.state());
    }

    private List<Effect> apply(Event event) {
        CoordinatorState before = fold.state();
        journal.add(event);
        List<Effect> effects = fold.apply(event);
        steps.add(new Step(event, before, effects, fold.state()));
        return effects;
    }

    private void run(Effect effect, long nowNs) {
        switch (effect) {
            case Effect.SendToIncumbent e -> follow(
                    new Event.MessageSending(stamp(nowNs, e.service(), e.message()), e.session(), Side.INCUMBENT,
                            e.message()));
            case Effect.SendToSuccessor e -> follow(
                    new Event.MessageSending(stamp(nowNs, e.service()), e.session(), Side.SUCCESSOR, e.message()));
            case Effect.SpawnSuccessor e ->
                follow(new Event.SpawnOrdered(stamp(nowNs, e.service()), Side.SUCCESSOR, e.binary()));
            case Effect.SpawnIncumbent e ->
                follow(new Event.SpawnOrdered(stamp(nowNs, e.service()), Side.INCUMBENT, e.binary()));
            case Effect.Note e -> follow(e.decision());
            case Effect.ArmTimer e -> timersOf(e.service()).put(e.kind(), e.dueNs());
            case Effect.CancelTimer e -> timersOf(e.service()).remove(e.kind());
            case Effect.Connect _,Effect.CloseSession _,Effect.ResolveBinary _,Effect.Terminate _,Effect.Kill _,Effect.Fence _,Effect.LookAtLock _,Effect.Respond _,Effect.Exit _ ->
                {
                }
        }
    }

    private void follow(Event event) {
        assertEquals(List.of(), apply(event), () -> "what the shell journals by itself orders nothing: " + event);
    }

    private Stamp stamp(long nowNs, int service) {
        return new Stamp(nowNs, service, service(service).state().handoffId());
    }

    /** A Commit belongs to its handoff even where the state has left that. */
    private Stamp stamp(long nowNs, int service, Message.ToIncumbent message) {
        return message instanceof Message.Commit commit
                ? new Stamp(nowNs, service, commit.handoffId())
                : stamp(nowNs, service);
    }

    private SortedMap<TimerKind, Long> timersOf(int service) {
        return armed.computeIfAbsent(service, _ -> new TreeMap<>());
    }

    Service service(int number) {
        return fold.state().services().get(number);
    }

    CoordinatorState state() {
        return fold.state();
    }

    LastHeard lastHeard() {
        return fold.lastHeard();
    }

    /** Every event so far, those that the shell journals by itself included. */
    List<Event> journal() {
        return journal;
    }

    /** One step for each event of the journal, with only its own effects. */
    List<Step> steps() {
        return steps;
    }
}
