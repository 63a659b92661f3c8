package dev.handoff.coordinator.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.DecodedEvent;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.codec.event.EventKind;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds of any sequence of events. A failure names its seed. */
class CorePropertiesTest {

    private static final int SEEDS = 400;
    private static final int EVENTS = 300;

    static LongStream seeds() {
        return LongStream.range(0, 12);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.0, 0.05, 0.2, 0.6})
    void keepsItsPromisesAndComesToAnEnd(double trouble) {
        for (long seed = 0; seed < SEEDS; seed++) {
            RandomWalk walk = new RandomWalk(seed, trouble, trouble > 0.1);
            try {
                walk.run(EVENTS);
                walk.heal();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ", trouble " + trouble + ": " + e.getMessage(), e);
            }
        }
    }

    /** The journal's bytes, read from the beginning or from any snapshot on, lead to the state of the live run. */
    @ParameterizedTest
    @MethodSource("seeds")
    void foldsAnyPrefixToTheLiveState(long seed) {
        RandomWalk walk = new RandomWalk(seed, 0.2, true);
        walk.run(EVENTS);
        List<Rehearsal.Step> steps = walk.rehearsal().steps();
        StateCodec states = new StateCodec();
        SplittableRandom random = new SplittableRandom(seed);
        Fold replay = new Fold();
        for (Rehearsal.Step step : steps) {
            if (random.nextInt(20) == 0) {
                replay = throughASnapshot(replay, states);
            }
            Event event = throughTheJournal(step.event());
            assertEquals(step.effects(), replay.apply(event));
            assertEquals(step.after(), replay.state());
        }
        assertEquals(states.hash(walk.rehearsal().state(), walk.rehearsal().lastHeard()),
                states.hash(replay.state(), replay.lastHeard()));
    }

    /** Where a heartbeat may pass the core by, the core would have done nothing; and both ways lead to the same state. */
    @Test
    void takesHeartbeatsPastTheCoreOnlyWhereNothingFollows() {
        int taken = 0;
        for (long seed = 0; seed < 50; seed++) {
            taken += takesHeartbeats(seed);
        }
        assertTrue(taken > 100, "only " + taken + " heartbeats were taken past the core");
    }

    private static int takesHeartbeats(long seed) {
        RandomWalk walk = new RandomWalk(seed, 0.3, true);
        walk.run(EVENTS);
        StateCodec states = new StateCodec();
        Fold slow = new Fold();
        Fold quick = new Fold();
        int taken = 0;
        for (Rehearsal.Step step : walk.rehearsal().steps()) {
            CoordinatorState before = slow.state();
            List<Effect> effects = slow.apply(step.event());
            if (step.event() instanceof Event.MessageReceived e && e.message() instanceof Message.Heartbeat
                    && quick.takeHeartbeat(e.stamp().service(), e.session(), e.from(), e.protoVersion(),
                            e.stamp().timeNs())) {
                taken++;
                assertEquals(List.of(), effects);
                assertEquals(before, slow.state());
            } else {
                quick.apply(step.event());
            }
            assertEquals(states.hash(slow.state(), slow.lastHeard()), states.hash(quick.state(), quick.lastHeard()));
        }
        return taken;
    }

    /** The same for reports of a seal's progress, by which two counts of the state may change. */
    @Test
    void takesSealProgressPastTheCoreOnlyWhereNothingElseFollows() {
        int taken = 0;
        int changed = 0;
        for (long seed = 0; seed < 150; seed++) {
            RandomWalk walk = new RandomWalk(seed, 0.3, true);
            walk.run(EVENTS);
            StateCodec states = new StateCodec();
            Fold slow = new Fold();
            Fold quick = new Fold();
            for (Rehearsal.Step step : walk.rehearsal().steps()) {
                CoordinatorState before = slow.state();
                List<Effect> effects = slow.apply(step.event());
                if (step.event() instanceof Event.MessageReceived e && e.message() instanceof Message.SealProgress) {
                    refusesWhatIsNotTheIncumbents(quick, e);
                }
                if (step.event() instanceof Event.MessageReceived e
                        && e.message() instanceof Message.SealProgress progress
                        && quick.takeSealProgress(e.stamp().service(), e.session(), e.from(), e.protoVersion(),
                                progress.shardsSealed(), progress.shardsTotal(), e.stamp().timeNs())) {
                    taken++;
                    changed += before.equals(slow.state()) ? 0 : 1;
                    assertEquals(List.of(), effects);
                } else {
                    quick.apply(step.event());
                }
                assertEquals(slow.state(), quick.state());
                assertEquals(states.hash(slow.state(), slow.lastHeard()),
                        states.hash(quick.state(), quick.lastHeard()));
            }
        }
        assertTrue(taken > 100 && changed > 10, taken + " were taken past the core, " + changed + " changed something");
    }

    private static void refusesWhatIsNotTheIncumbents(Fold fold, Event.MessageReceived e) {
        int service = e.stamp().service();
        long timeNs = e.stamp().timeNs();
        assertFalse(fold.takeSealProgress(service, e.session() + 1, Side.INCUMBENT, e.protoVersion(), 1, 2, timeNs));
        assertFalse(fold.takeSealProgress(service, Peer.NO_SESSION, Side.INCUMBENT, e.protoVersion(), 1, 2, timeNs));
        assertFalse(fold.takeSealProgress(service, e.session(), Side.SUCCESSOR, e.protoVersion(), 1, 2, timeNs));
        assertFalse(fold.takeSealProgress(service, e.session(), Side.INCUMBENT, Message.PROTOCOL_VERSION + 1, 1, 2,
                timeNs));
    }

    /** Forged or misplaced, an event is a transition: in any state whatever, with any content whatever. */
    @Test
    void neverThrows() {
        RandomStates states = new RandomStates(1);
        SplittableRandom random = new SplittableRandom(1);
        RandomWalk walk = new RandomWalk(1, 0.5, true);
        walk.run(3_000);
        List<Event> events = walk.rehearsal().journal();
        for (int i = 0; i < 60_000; i++) {
            CoordinatorState state = CoordinatorState.EMPTY.with(states.service(random.nextInt(2)));
            new Fold(state, states.heard(state)).apply(events.get(random.nextInt(events.size())));
        }
    }

    private static Fold throughASnapshot(Fold fold, StateCodec states) {
        ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        int length = states.encode(fold.state(), fold.lastHeard(), buffer, 0);
        DecodedState.Intact intact = assertInstanceOf(DecodedState.Intact.class, states.decode(buffer, 0, length));
        return new Fold(intact.state(), intact.heard());
    }

    private static Event throughTheJournal(Event event) {
        EventCodec codec = new EventCodec();
        ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        int length = codec.encode(event, buffer, 0);
        return assertInstanceOf(DecodedEvent.Intact.class,
                codec.decode(EventKind.of(event).number(), event.stamp().timeNs(), buffer, 0, length)).event();
    }
}
