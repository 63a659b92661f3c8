package dev.handoff.examples.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.codec.Message;
import dev.handoff.posix.ExitStatus;
import dev.handoff.stock.StockSupervisor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes under load, swapped by a stock supervisor and killed. */
class KvDaemonTest {
    @TempDir
    Path dir;

    @Test
    void keepsEveryAcknowledgedWriteThroughKillsUnderLoad() throws IOException {
        try (Daemons daemons = new Daemons(dir)) {
            int pid = daemons.startCold("--shards", "4", "--segment-mib", "1");
            for (int round = 0; round < 4; round++) {
                Load load = new Load(daemons.port(), 8);
                load.awaitRequests(200 + 300L * round);
                daemons.kill(pid);
                // Connections now wait in the listener's queue, which has outlived the daemon.
                pid = daemons.startCold("--shards", "4", "--segment-mib", "1");
                assertEquals(List.of(), load.lostWrites());
            }
        }
    }

    @Test
    void swapsUnderLoadWithoutAFailedRequestOrALostWrite() throws IOException {
        try (Daemons daemons = new Daemons(dir)) {
            int pid = daemons.startCold("--build-id", "build-0");
            try (Load load = new Load(daemons.port(), 4)) {
                for (int swap = 1; swap <= 4; swap++) {
                    load.awaitRequests(100);
                    var committed = assertInstanceOf(StockSupervisor.Outcome.Committed.class,
                            daemons.swap("--build-id", "build-" + swap), "swap " + swap);
                    Message.Ready ready = committed.ready();
                    assertTrue(ready.healthzOk());
                    assertEquals(16, ready.advertisedRevisionPerShard().size());
                    assertEquals(new ExitStatus.Exited(0), daemons.awaitExit(pid));
                    pid = committed.successorPid();
                }
                load.awaitRequests(100);
                assertEquals(List.of(), load.failures());
                assertEquals(List.of(), load.lostWrites());
                assertEquals(List.of("control.sock"), daemons.strayFiles());
            }
        }
    }

    @Test
    void servesOnWhenTheSuccessorFailsAfterTheSeal() throws IOException {
        try (Daemons daemons = new Daemons(dir)) {
            int pid = daemons.startCold();
            try (Load load = new Load(daemons.port(), 4)) {
                for (int attempt = 0; attempt < 2; attempt++) {
                    load.awaitRequests(100);
                    assertInstanceOf(StockSupervisor.Outcome.RolledBack.class,
                            daemons.swap("--control-socket", dir.resolve("missing/control.sock").toString()));
                }
                load.awaitRequests(100);
                assertEquals(List.of(), load.failures());
                assertEquals(List.of(), load.lostWrites());
            }
            try (Client client = new Client(daemons.port())) {
                assertEquals("+OK", client.call("SET", "still", "there"));
            }
            daemons.terminate(pid);
            assertEquals(new ExitStatus.Exited(0), daemons.awaitExit(pid));
        }
    }

    @Test
    void stopsInOrderAndFindsEverythingAgain() throws IOException {
        try (Daemons daemons = new Daemons(dir)) {
            int pid = daemons.startCold();
            try (Client client = new Client(daemons.port())) {
                assertEquals("+OK", client.call("SET", "k", "v"));
            }
            daemons.terminate(pid);
            assertEquals(new ExitStatus.Exited(0), daemons.awaitExit(pid));
            assertEquals(List.of(), daemons.strayFiles());
            daemons.startCold();
            try (Client client = new Client(daemons.port())) {
                assertEquals("v", client.call("GET", "k"));
            }
        }
    }

    @Test
    void refusesWhatItCannotWriteAndGoesOnOnceItCan() throws IOException {
        String value = "v".repeat(100_000);
        try (Daemons daemons = new Daemons(dir)) {
            int pid = daemons.startColdWithFileLimit(1 << 20, "--shards", "1");
            int refused = 0;
            List<Integer> acknowledged = new ArrayList<>();
            try (Client client = new Client(daemons.port())) {
                for (int i = 0; acknowledged.size() < 25; i++) {
                    String reply = client.call("SET", "k" + i, value);
                    if (reply.equals("+OK")) {
                        acknowledged.add(i);
                    } else {
                        // The first is told of its own write, later ones that the shard has stopped, until it tries again.
                        assertTrue(reply.contains("File too large"), reply);
                        refused++;
                    }
                }
            }
            assertTrue(refused > 0, "the limit was never reached");
            daemons.kill(pid);
            daemons.startCold("--shards", "1");
            try (Client client = new Client(daemons.port())) {
                for (int i : acknowledged) {
                    assertEquals(value, client.call("GET", "k" + i));
                }
                assertEquals(":" + acknowledged.size(), client.call("DBSIZE"));
            }
        }
    }
}
