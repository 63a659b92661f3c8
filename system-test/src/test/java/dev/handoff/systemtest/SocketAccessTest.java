package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import dev.handoff.codec.MessageKind;
import dev.handoff.codec.event.Event;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.SwapOutcome;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The coordinator's trigger socket and the daemons' control path, under clients that are slow, idle, many, or at a bad moment. */
class SocketAccessTest {

    /** Some more than the reference's trigger socket serves at a time. */
    private static final int IDLE_CLIENTS = 20;
    private static final int CONNECTS = 120;

    @TempDir
    private Path directory;

    @Test
    void slowAndIdleClientsOfTheTriggerSocketBlockNobody() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "")) {
            int before = rig.awaitServing(0);
            List<Integer> clients = new ArrayList<>();
            try {
                for (int i = 0; i < IDLE_CLIENTS; i++) {
                    int fd = UnixSockets.connect(directory.resolve("trigger.sock"));
                    assertTrue(fd >= 0, "connecting: " + fd);
                    clients.add(fd);
                    if (i % 2 == 0) {
                        send(fd, "{\"ask\":\"sta");
                    }
                }
                rig.assertCommitted(rig.swap(Rig.ourBinary(directory, "second")));
                rig.awaitServing(before);
            } finally {
                clients.forEach(Descriptors::close);
            }
        }
    }

    @Test
    void aClientThatLeavesDoesNotEndItsSwap() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "", "--drain-ms", "300")) {
            int before = rig.awaitServing(0);
            int fd = UnixSockets.connect(directory.resolve("trigger.sock"));
            send(fd, "handoff " + Rig.ourBinary(directory, "second") + "\n");
            rig.log().await("the drain", Rig.PATIENCE_MS, Rig.sends(MessageKind.PREPARE_HANDOFF));
            Descriptors.close(fd);
            rig.awaitServing(before);
        }
    }

    @Test
    void tellsTheStatusWhileAHandoffRuns() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "", "--seal-ms", "1500")) {
            int before = rig.awaitServing(0);
            CompletableFuture<ControlReply.SwapEnded> swap = rig.swapLater(Rig.ourBinary(directory, "second"));
            Event sealing = rig.log().await("the seal", Rig.PATIENCE_MS, Rig.sends(MessageKind.SEAL_REQUEST));
            ControlReply.ServiceStatus status = rig.status();
            assertEquals(before, status.incumbentPid().orElseThrow());
            ControlReply.HandoffStatus handoff = status.handoff().orElseThrow();
            assertEquals(sealing.stamp().handoffId(), handoff.id());
            assertEquals("awaiting_seal_complete", handoff.phase());
            assertTrue(handoff.deadlineLeftMs() > 0 && handoff.deadlineLeftMs() < 60_000, handoff.toString());
            rig.assertCommitted(swap.get());
            assertTrue(rig.status().handoff().isEmpty());
        }
    }

    @Test
    void saysWhatWasWrongWithABinary() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "")) {
            int before = rig.awaitServing(0);
            Path plain = Files.writeString(directory.resolve("plain"), "#!/bin/sh\nexit 7\n");
            assertReason(rig, plain, plain.toString());
            Files.setPosixFilePermissions(plain, PosixFilePermissions.fromString("rwxr-xr-x"));
            assertReason(rig, plain, "7");
            assertReason(rig, Path.of("/nowhere/at/all"), "/nowhere/at/all");
            assertReason(rig, directory, directory.toString());
            assertEquals(before, rig.awaitServing(0));
            assertEquals("OK 1", rig.line("APPEND one"));
        }
    }

    private static void assertReason(Rig rig, Path binary, String cause) {
        ControlReply.SwapEnded swap = rig.swap(binary);
        assertEquals(SwapOutcome.ROLLED_BACK, swap.outcome(), swap.toString());
        assertTrue(swap.reason().orElseThrow().contains(cause), swap.toString());
    }

    @Test
    void theControlPathNeverRefusesAfterACommit() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "")) {
            Path control = directory.resolve("control.sock");
            for (int swap = 0; swap < 3; swap++) {
                AtomicInteger atCommit = new AtomicInteger(-1);
                // On the loop thread, before the incumbent can know of the commit, and with the successor barely ready.
                rig.log().atFirst(Rig.sends(MessageKind.COMMIT), _ -> atCommit.set(UnixSockets.connect(control)));
                rig.assertCommitted(rig.swap(Rig.ourBinary(directory, "build" + swap)));
                for (int i = 0; i < CONNECTS; i++) {
                    int fd = UnixSockets.connect(control);
                    assertTrue(fd >= 0, "connection " + i + " after the commit: " + fd);
                    Descriptors.close(fd);
                }
                assertTrue(atCommit.get() >= 0, "at the commit: " + atCommit.get());
                Descriptors.close(atCommit.get());
            }
        }
    }

    @Test
    void anIdleClientOfTheControlSocketDoesNotKeepTheCoordinatorOut() throws Exception {
        try (Rig rig = Rig.ofOurs(directory, "")) {
            int idle = UnixSockets.connect(directory.resolve("control.sock"));
            try {
                assertTrue(idle >= 0, "connecting: " + idle);
                rig.assertCommitted(rig.swap(Rig.ourBinary(directory, "second")));
            } finally {
                Descriptors.close(idle);
            }
        }
    }

    private static void send(int fd, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(bytes.length);
            MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, bytes.length);
            assertEquals(bytes.length, Sockets.send(fd, buffer, 0, bytes.length, 0));
        }
    }
}
