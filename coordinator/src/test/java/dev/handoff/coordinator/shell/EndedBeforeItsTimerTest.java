package dev.handoff.coordinator.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.config.LoopWait;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.EpochClock;
import dev.handoff.coordinator.loop.EventLog;
import dev.handoff.coordinator.loop.LoopAgent;
import dev.handoff.posix.Epoll;
import dev.handoff.posix.ExitStatus;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;
import dev.handoff.posix.Spawn;
import dev.handoff.posix.SpawnPlan;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;

/**
 * A timer decides by who lives, so whoever has ended is told of first, also where the thread that watches processes did not get to run
 * until the timer came due: here it is never started.
 */
class EndedBeforeItsTimerTest {

    private static final int SERVICE = 1;

    private final List<String> told = new ArrayList<>();

    private final class Telling implements Effects, EventLog {
        private Children children;

        @Override
        public void run(Effect effect, LoopAgent loop) {}

        @Override
        public void processEnded(long pid, LoopAgent loop) {
            told.add("ended " + pid);
            children.reaped((int) pid);
        }

        @Override
        public void append(Event event) {
            told.add(event.getClass().getSimpleName());
        }

        @Override
        public void appendReceived(Frame at, DirectBuffer frame, int offset, int length) {}

        @Override
        public void appendSending(Frame at, DirectBuffer frame, int offset, int length) {}

        @Override
        public long lastSequence() {
            return told.size();
        }

        @Override
        public void endOfBatch() {}
    }

    @Test
    void whoHasEndedIsToldOfBeforeTheTimer() throws Exception {
        Telling telling = new Telling();
        LoopTimers timers = new LoopTimers(EpochClock.anchored());
        PollWait poll = new PollWait(LoopWait.BLOCKING, timers);
        SocketWire wire = new SocketWire(poll);
        try (Children children = new Children(poll)) {
            telling.children = children;
            LoopAgent loop = new LoopAgent(EpochClock.anchored(), telling, new Fold(), wire, timers, telling);
            RingConsumer ring = new RingConsumer(loop, wire, telling, children);
            int first = started();
            int second = started();
            int pidfd = Processes.pidfdOpen(first);
            assertEquals(0, children.add(SERVICE, first, pidfd));
            assertEquals(0, children.add(SERVICE, second, Processes.pidfdOpen(second)));

            fire(ring);
            assertEquals(List.of("TimerFired"), told, "both live");

            Processes.kill(first, Signals.SIGKILL);
            awaitEnd(pidfd);
            fire(ring);
            assertEquals(List.of("TimerFired", "ended " + first, "TimerFired"), told);

            fire(ring);
            assertEquals(List.of("TimerFired", "ended " + first, "TimerFired", "TimerFired"), told, "told once");
            Processes.kill(second, Signals.SIGKILL);
            assertInstanceOf(ExitStatus.Signaled.class, Processes.waitFor(first, false));
            assertInstanceOf(ExitStatus.Signaled.class, Processes.waitFor(second, false));
        }
        wire.close();
    }

    private static void fire(RingConsumer ring) {
        Input input = new Input();
        input.timer(SERVICE, TimerKind.PARTING, 1);
        ring.onEvent(input, 0, true);
    }

    private static int started() {
        return assertInstanceOf(Spawn.Spawned.class, Spawn.spawn(new SpawnPlan(Path.of("/bin/sleep"),
                List.of("sleep", "600"), Map.of(), List.of(), Optional.empty(), true))).pid();
    }

    private static void awaitEnd(int pidfd) throws Exception {
        try (Epoll epoll = Epoll.open(1)) {
            assertEquals(0, epoll.add(pidfd, Epoll.EPOLLIN, 0));
            assertTrue(epoll.await(60_000) > 0);
        }
    }
}
