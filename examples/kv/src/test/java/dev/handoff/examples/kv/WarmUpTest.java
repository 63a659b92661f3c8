package dev.handoff.examples.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import dev.handoff.examples.kv.server.RespServer;
import dev.handoff.examples.kv.server.ServerConfig;
import dev.handoff.examples.kv.store.KvStore;
import dev.handoff.examples.kv.store.StoreConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmUpTest {
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(60);

    @TempDir
    Path dir;

    @Test
    void leavesTheStoreAloneAndNothingBehind() throws IOException {
        try (KvStore store = new KvStore(StoreConfig.of(dir));
                RespServer server = new RespServer(new ServerConfig(2, 1 << 20, "test", "test"), store)) {
            long startNs = System.nanoTime();
            WarmUp.untilDoneOr(startNs + LIMIT_NS, server);
            while (server.connectionCount() > 0) {
                assertTrue(System.nanoTime() - startNs < LIMIT_NS, "a connection is left");
                LockSupport.parkNanos(1_000_000);
            }
        }
        assertEquals(List.of(), names(dir, ""));
        for (Path parent : List.of(Path.of("/dev/shm"), Path.of(System.getProperty("java.io.tmpdir")))) {
            assertEquals(List.of(), names(parent, "kv-warm-up-" + ProcessHandle.current().pid() + "-"));
        }
    }

    private static List<String> names(Path directory, String prefix) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> name.startsWith(prefix)).toList();
        }
    }
}
