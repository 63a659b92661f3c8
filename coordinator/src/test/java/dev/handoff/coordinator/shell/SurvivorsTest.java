package dev.handoff.coordinator.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.config.ConfigFile;
import dev.handoff.coordinator.config.ConfigOutcome;
import dev.handoff.coordinator.config.CoordinatorConfig;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.loop.EventLog;
import dev.handoff.posix.Processes;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon that an earlier coordinator left behind must never be joined by a second one. */
class SurvivorsTest {

    private static final int SERVICE = 1;

    @TempDir
    private Path directory;

    @Test
    void refusesToStartBesideADaemonThatOutlivedItsCoordinator() throws IOException {
        int pid = Processes.ownPid();
        Fold fold = leftBehind(Processes.bootId(), pid, Processes.startTimeTicks(pid));
        StartupFailure failure = assertThrows(StartupFailure.class, () -> start(fold));
        assertTrue(failure.getMessage().contains("pid " + pid + " of service svc"), failure.getMessage());
        assertFalse(Files.exists(directory.resolve("trigger.sock")));
    }

    @Test
    void startsWhereThePidIsAnotherProcessesNow() throws IOException, StartupFailure {
        int pid = Processes.ownPid();
        stop(start(leftBehind(Processes.bootId(), pid, Processes.startTimeTicks(pid) - 1)));
    }

    @Test
    void startsAfterAReboot() throws IOException, StartupFailure {
        int pid = Processes.ownPid();
        stop(start(leftBehind("another boot", pid, Processes.startTimeTicks(pid))));
    }

    private static Fold leftBehind(String bootId, int pid, long startTicks) {
        Fold fold = new Fold();
        fold.apply(new Event.CoordinatorStarted(Stamp.ofCoordinator(1), 1, "test", bootId));
        Stamp stamp = new Stamp(2, SERVICE, HandoffId.NONE);
        fold.apply(new Event.ServiceConfigured(stamp, "svc", "/bin/false", ServicePolicy.DEFAULT, false));
        fold.apply(new Event.Spawned(stamp, Side.INCUMBENT, pid, startTicks));
        return fold;
    }

    private Coordinator start(Fold fold) throws IOException, StartupFailure {
        Path file = Files.writeString(directory.resolve("svc.toml"), """
                trigger_socket = "trigger.sock"
                control_socket = "control.sock"
                binary = "/bin/false"
                """);
        CoordinatorConfig config = switch (ConfigFile.load(file, Map.of())) {
            case ConfigOutcome.Loaded<CoordinatorConfig>(CoordinatorConfig loaded) -> loaded;
            case ConfigOutcome.Refused<CoordinatorConfig> refused -> throw new AssertionError(refused.problems());
        };
        return Coordinator.start(config, System.getenv(), new Forgetful(), fold, "test");
    }

    private static void stop(Coordinator coordinator) {
        try (coordinator) {
            coordinator.stop("the test is over");
            assertEquals(0, coordinator.awaitExit());
        }
    }

    /** Nobody reads this journal. */
    private static final class Forgetful implements EventLog {
        private long appended;

        @Override
        public void append(Event event) {
            appended++;
        }

        @Override
        public void appendReceived(Frame at, DirectBuffer frame, int offset, int length) {
            appended++;
        }

        @Override
        public void appendSending(Frame at, DirectBuffer frame, int offset, int length) {
            appended++;
        }

        @Override
        public long lastSequence() {
            return appended;
        }

        @Override
        public void endOfBatch() {}
    }
}
