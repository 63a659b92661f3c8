package dev.handoff.coordinator.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.config.LoopWait;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.State;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.EpochClock;
import dev.handoff.coordinator.loop.EventLog;
import dev.handoff.coordinator.loop.JournalLog;
import dev.handoff.coordinator.loop.LoopAgent;
import dev.handoff.coordinator.loop.Past;
import dev.handoff.coordinator.loop.Recovery;
import dev.handoff.coordinator.loop.Session;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalOptions;
import dev.handoff.journal.MemoryJournal;
import dev.handoff.journal.OpenOutcome;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A coordinator dies while a large frame comes in parts; the next one has its socket and its journal, and no more. */
class InterruptedReadingTest {

    private static final int SERVICE = 1;
    private static final int PID = 100;

    private final MemoryJournal.Storage disk = new MemoryJournal.Storage();
    private final byte[] frame = new FrameEncoder().encode(
            new Message.Hello(Side.INCUMBENT, PID, BuildId.of(new byte[1000]), 1, 1, Capabilities.NONE));
    private final int half = frame.length / 2;
    private final List<AutoCloseable> open = new ArrayList<>();
    private int ours;
    private int theirs;

    /** Stands for the process that is killed right after an append. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** One life of a coordinator. */
    private final class Life {
        private final Past past;
        private final SocketWire wire;
        private final LoopAgent loop;
        private boolean diesAtNextFrame;

        Life() throws IOException {
            disk.killWriter();
            OpenOutcome.Opened opened = assertInstanceOf(OpenOutcome.Opened.class,
                    MemoryJournal.open(disk, JournalOptions.of(Path.of("memory"))));
            Journal journal = opened.journal();
            past = assertInstanceOf(Recovery.Replayed.class, Recovery.replay(journal, opened.found())).past();
            LoopTimers timers = new LoopTimers(EpochClock.anchored());
            PollWait poll = new PollWait(LoopWait.BLOCKING, timers);
            wire = new SocketWire(poll);
            loop = new LoopAgent(EpochClock.anchored(), new MortalLog(new JournalLog(journal)), past.fold(), wire,
                    timers, new NoEffects());
            open.add(poll);
        }

        Session adopt() {
            return wire.adopt(SERVICE, 1, Side.INCUMBENT, ours);
        }

        void happens(Event event) {
            loop.happened(event);
        }

        State state() {
            return past.fold().state().services().get(SERVICE).state();
        }

        private final class MortalLog implements EventLog {
            private final EventLog log;

            MortalLog(EventLog log) {
                this.log = log;
            }

            private void maybeDie() {
                if (diesAtNextFrame) {
                    throw new Killed();
                }
            }

            @Override
            public void append(Event event) {
                log.append(event);
                maybeDie();
            }

            @Override
            public void appendReceived(Frame at, DirectBuffer buffer, int offset, int length) {
                log.appendReceived(at, buffer, offset, length);
                maybeDie();
            }

            @Override
            public void appendSending(Frame at, DirectBuffer buffer, int offset, int length) {
                log.appendSending(at, buffer, offset, length);
            }

            @Override
            public long lastSequence() {
                return log.lastSequence();
            }

            @Override
            public void endOfBatch() {
                log.endOfBatch();
            }
        }
    }

    private static final class NoEffects implements Effects {
        @Override
        public void run(Effect effect, LoopAgent loop) {
            // Nothing of the machine is needed to read a frame.
        }

        @Override
        public void processEnded(long pid, LoopAgent loop) {
            throw new AssertionError("no process ends here");
        }
    }

    @BeforeEach
    void connect() {
        long pair = UnixSockets.socketPair();
        ours = Descriptors.low(pair);
        theirs = Descriptors.high(pair);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
        Descriptors.close(ours);
        Descriptors.close(theirs);
    }

    /** A first life that awaits a Hello on session 1. */
    private Life first() throws IOException {
        Life life = new Life();
        Stamp stamp = new Stamp(2, SERVICE, HandoffId.NONE);
        life.happens(new Event.CoordinatorStarted(Stamp.ofCoordinator(1), 1, "test", "boot"));
        life.happens(new Event.ServiceConfigured(stamp, "kv", "/bin/kv", ServicePolicy.DEFAULT, false));
        life.happens(new Event.Spawned(stamp, Side.INCUMBENT, PID, 1));
        return life;
    }

    @Test
    void goesOnWithThePartsThatTheJournalHas() throws IOException {
        Life before = first();
        Session session = before.adopt();
        write(0, half);
        before.loop.readable(session);
        assertEquals(half, session.partialLength());

        Life after = new Life();
        Session again = after.adopt();
        assertEquals(Optional.empty(), after.past.streams().resume(again, after.past.fold().lastHeard(), after.wire));
        assertEquals(half, again.streamOffset());
        write(half, frame.length - half);
        after.loop.readable(again);
        assertInstanceOf(State.Serving.class, after.state());
        assertEquals(frame.length, again.streamOffset());
    }

    @Test
    void endsASessionWhosePartMayOrMayNotHaveBeenTaken() throws IOException {
        Life before = first();
        Session session = before.adopt();
        write(0, half);
        before.diesAtNextFrame = true;
        assertThrows(Killed.class, () -> before.loop.readable(session));

        Life after = new Life();
        assertTrue(after.past.streams().resume(after.adopt(), after.past.fold().lastHeard(), after.wire).isPresent());
    }

    @Test
    void endsASessionWhoseFrameIsWholeInTheJournalWhileItsRestIsQueued() throws IOException {
        Life before = first();
        Session session = before.adopt();
        write(0, half);
        before.loop.readable(session);
        write(half, frame.length - half);
        before.diesAtNextFrame = true;
        assertThrows(Killed.class, () -> before.loop.readable(session));

        Life after = new Life();
        assertTrue(after.past.streams().resume(after.adopt(), after.past.fold().lastHeard(), after.wire).isPresent());
    }

    @Test
    void knowsThatAPartWasTakenWhereItsCoordinatorWentOn() throws IOException {
        Life before = first();
        Session session = before.adopt();
        write(0, half);
        before.loop.readable(session);
        before.happens(new Event.LockSeen(new Stamp(Long.MAX_VALUE / 2, SERVICE, HandoffId.NONE), 0));
        // What follows may look just like the part before.
        write(0, half);

        Life after = new Life();
        assertEquals(Optional.empty(),
                after.past.streams().resume(after.adopt(), after.past.fold().lastHeard(), after.wire));
    }

    private void write(int offset, int length) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(length);
            MemorySegment.copy(frame, offset, bytes, ValueLayout.JAVA_BYTE, 0, length);
            assertEquals(length, Sockets.send(theirs, bytes, 0, length, 0));
        }
    }
}
