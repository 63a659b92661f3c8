package dev.handoff.participant.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

import dev.handoff.codec.Message;
import org.junit.jupiter.api.Test;

/** Whatever a supervisor sends, and whenever hooks and lock answer: the sessions' invariants hold, and every story ends. */
class RandomSessionTest {

    private static final int RUNS = 20_000;
    private static final int STEPS = 60;

    private enum Hook {
        DRAIN,
        SEAL,
        RESUME
    }

    @Test
    void incumbentKeepsItsInvariantsWhateverComes() {
        Set<Class<?>> statesSeen = new HashSet<>();
        int committed = 0;
        for (long seed = 0; seed < RUNS; seed++) {
            World world = new World(seed);
            try {
                world.run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
            statesSeen.addAll(world.statesSeen);
            committed += world.committed ? 1 : 0;
        }
        assertEquals(Set.of(IncumbentState.class.getPermittedSubclasses()), statesSeen, "states that were reached");
        assertTrue(committed > RUNS / 100, "only " + committed + " handoffs were committed");
    }

    /** A daemon around one session: hooks that run for a while, a lock that others may hold. */
    private static final class World {
        private final Random random;
        private final IncumbentSession session;
        private final Set<Class<?>> statesSeen = new HashSet<>();
        private final EnumSet<Hook> running = EnumSet.noneOf(Hook.class);
        private boolean holdsLock = true;
        private boolean sealed;
        private boolean attempting;
        private boolean closed;
        private boolean over;
        private boolean released;
        private boolean committed;
        private boolean gaveUp;
        private long nowMs;

        World(long seed) {
            random = new Random(seed);
            session = new IncumbentSession(random.nextBoolean() ? Script.PLAIN : Script.HEARTBEATS);
        }

        void run() {
            statesSeen.add(session.state().getClass());
            apply(session.connected(nowMs));
            for (int i = 0; i < STEPS && !over; i++) {
                step();
            }
            // Then the supervisor is gone, hooks end, the lock becomes free: the session must end in bounded time.
            if (!over) {
                apply(session.happened(new IncumbentInput.Lost("gone"), nowMs));
            }
            for (int i = 0; i < 20 && !over; i++) {
                endHook();
                answerLock(true);
                nowMs = Math.max(nowMs, Math.min(session.dueAtMs(), nowMs + 100));
                apply(session.timePassed(nowMs));
            }
            assertTrue(over, () -> "the session hangs in " + session.state());
            assertTrue(committed || gaveUp || holdsLock, "neither at its end nor the lock's holder");
        }

        private void step() {
            nowMs += random.nextInt(10) == 0 ? random.nextInt(20_000) : random.nextInt(50);
            switch (random.nextInt(10)) {
                case 0 -> endHook();
                case 1 -> {
                    endHook();
                    answerLock(random.nextInt(4) > 0);
                }
                case 2 -> apply(session.timePassed(nowMs));
                case 3 -> apply(session.happened(random.nextBoolean()
                        ? new IncumbentInput.AnotherWaits()
                        : new IncumbentInput.SealProgressed(1, 2, 3), nowMs));
                case 4 -> receive(TransitionWords.any(random));
                default -> receive(likely());
            }
        }

        /** Mostly what a supervisor would say next, so that runs get far. */
        private String likely() {
            String next = switch (session.state()) {
                case IncumbentState.AwaitingHelloAck _ -> "HelloAck A";
                case IncumbentState.AwaitingPrepare prepare -> prepare.over() ? "PrepareHandoff B" : "PrepareHandoff A";
                case IncumbentState.AwaitingSeal seal ->
                    seal.handoff().id().equals(Script.A) ? "SealRequest A" : "SealRequest B";
                case IncumbentState.AwaitingCommit commit -> (random.nextInt(3) == 0 ? "Commit " : "ResumeAfterAbort ")
                        + (commit.handoff().id().equals(Script.A) ? "A" : "B");
                case IncumbentState.AwaitingConnection _,IncumbentState.Draining _,IncumbentState.Sealing _,IncumbentState.RetakingLock _,IncumbentState.Resuming _,IncumbentState.Ended _ ->
                    "Heartbeat";
            };
            return random.nextInt(12) == 0 ? "Abort A" : next;
        }

        private void receive(String text) {
            byte[] frame = Script.frame(Script.message(text));
            int cut = random.nextInt(frame.length + 1);
            apply(session.received(ByteBuffer.wrap(frame, 0, cut), nowMs));
            apply(session.received(ByteBuffer.wrap(frame, cut, frame.length - cut), nowMs));
        }

        private void endHook() {
            if (running.isEmpty()) {
                return;
            }
            Hook hook = running.iterator().next();
            running.clear();
            boolean well = random.nextInt(6) > 0;
            apply(session.happened(switch (hook) {
                case DRAIN -> Script.INCUMBENT_INPUTS.get(well ? "drain ended" : "drain failed");
                case SEAL -> {
                    sealed = well;
                    yield Script.INCUMBENT_INPUTS.get(well ? "sealed" : "not sealed");
                }
                // A daemon that cannot resume exits, which is tried elsewhere; here stories go on.
                case RESUME -> {
                    sealed = false;
                    yield new IncumbentInput.Resumed();
                }
            }, nowMs));
        }

        private void answerLock(boolean free) {
            if (attempting) {
                attempting = false;
                holdsLock |= free;
                apply(session.happened(
                        free ? new IncumbentInput.LockTaken() : new IncumbentInput.LockNotTaken("held"), nowMs));
            }
        }

        private void apply(List<IncumbentAction> actions) {
            statesSeen.add(session.state().getClass());
            for (IncumbentAction action : actions) {
                assertFalse(over, () -> action + " after the end");
                switch (action) {
                    case IncumbentAction.Send _ -> throw new AssertionError("the session queues these itself");
                    case IncumbentAction.RunDrain _ -> start(Hook.DRAIN);
                    case IncumbentAction.AbortDrain _ -> assertTrue(running.contains(Hook.DRAIN));
                    case IncumbentAction.RunSeal _ -> start(Hook.SEAL);
                    case IncumbentAction.RunResume _ -> start(Hook.RESUME);
                    case IncumbentAction.ReleaseLock _ -> {
                        assertTrue(sealed && holdsLock, "released without a seal");
                        holdsLock = false;
                        released = true;
                    }
                    case IncumbentAction.TakeLock _ -> {
                        assertFalse(holdsLock || attempting);
                        attempting = true;
                    }
                    case IncumbentAction.RestoreControlSocket _ -> assertTrue(holdsLock);
                    case IncumbentAction.CloseSession _ -> {
                        assertFalse(closed, "closed twice");
                        closed = true;
                    }
                    case IncumbentAction.AcceptAgain _ -> {
                        assertTrue(closed && holdsLock && running.isEmpty());
                        over = true;
                    }
                    case IncumbentAction.ExitCommitted _ -> {
                        assertTrue(closed && !holdsLock);
                        committed = true;
                        over = true;
                    }
                    case IncumbentAction.ExitFailed _ -> {
                        // Only for want of the lock.
                        assertFalse(holdsLock);
                        gaveUp = true;
                        over = true;
                    }
                }
            }
            String written = Script.written(session.outgoing());
            assertTrue(!written.contains("SealComplete") || released, "SealComplete before the lock is released");
            if (random.nextInt(3) > 0) {
                session.wrote(session.outgoing().remaining(), nowMs);
            }
        }

        private void start(Hook hook) {
            assertTrue(holdsLock, () -> hook + " without the lock");
            assertTrue(running.isEmpty(), () -> hook + " while " + running + " runs");
            assertFalse(hook != Hook.RESUME && sealed, () -> hook + " after the seal");
            running.add(hook);
        }
    }

    @Test
    void successorOpensOnlyWithTheLockAndAcceptsOnlyAfterItsReady() {
        for (long seed = 0; seed < RUNS; seed++) {
            Random random = new Random(seed);
            SuccessorSession session = new SuccessorSession(
                    random.nextBoolean() ? Script.PLAIN : Script.HEARTBEATS);
            List<SuccessorAction> all = new ArrayList<>(session.connected(0));
            boolean locked = false;
            boolean opened = false;
            long nowMs = 0;
            for (int i = 0; i < STEPS; i++) {
                nowMs += random.nextInt(1_000);
                List<SuccessorAction> actions = new ArrayList<>();
                switch (random.nextInt(6)) {
                    case 0 -> {
                        locked |= session.state() instanceof SuccessorState.TakingLock;
                        actions.addAll(session.happened(new SuccessorInput.LockTaken(), nowMs));
                    }
                    case 1 -> {
                        opened |= session.state() instanceof SuccessorState.Opening;
                        actions.addAll(session.happened(Script.SUCCESSOR_INPUTS.get("opened"), nowMs));
                    }
                    case 2 -> actions.addAll(session.timePassed(nowMs));
                    case 3 -> actions.addAll(session.wrote(
                            random.nextInt(session.outgoing().remaining() + 1), nowMs));
                    case 4 -> actions.addAll(session.received(
                            ByteBuffer.wrap(Script.frame(Script.message(random.nextInt(8) == 0
                                    ? TransitionWords.any(random)
                                    : session.state() instanceof SuccessorState.AwaitingHelloAck
                                            ? "HelloAck A"
                                            : "Begin A"))),
                            nowMs));
                    default -> actions.addAll(session.received(
                            ByteBuffer.wrap(Script.frame(new Message.Heartbeat(1))), nowMs));
                }
                for (SuccessorAction action : actions) {
                    if (action instanceof SuccessorAction.OpenState) {
                        assertTrue(locked, "seed " + seed);
                    }
                    if (action instanceof SuccessorAction.BecomeIncumbent) {
                        assertTrue(opened && !session.outgoing().hasRemaining(), "seed " + seed);
                    }
                }
                all.addAll(actions);
            }
            assertTrue(all.stream().filter(action -> action instanceof SuccessorAction.CloseChannel).count() <= 1,
                    "seed " + seed);
        }
    }

    /** Damaged, cut and foreign bytes end a session and cause nothing else. */
    @Test
    void anyBytesAtAllEndAtMostTheSession() {
        for (long seed = 0; seed < RUNS; seed++) {
            Random random = new Random(seed);
            IncumbentSession session = new IncumbentSession(Script.PLAIN);
            session.connected(0);
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (random.nextBoolean() && bytes.length > 4) {
                bytes[1] = 0;
                bytes[2] = 0;
                bytes[3] = 0;
            }
            List<IncumbentAction> actions = session.received(ByteBuffer.wrap(bytes), 1);
            assertTrue(actions.isEmpty() || actions.getLast() instanceof IncumbentAction.AcceptAgain, "seed " + seed);
        }
    }
}
