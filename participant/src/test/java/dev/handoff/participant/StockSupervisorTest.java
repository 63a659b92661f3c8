package dev.handoff.participant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;

import dev.handoff.participant.sample.CounterDaemon;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.InetSockets;
import dev.handoff.stock.StockSupervisor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The sample daemon under a supervisor that behaves like version 1 of the Rust implementation, with a client that asks on. */
class StockSupervisorTest {

    @TempDir
    Path dir;

    @Test
    @Timeout(120)
    void threeHandoffsInARowLoseNoRequestAndNoNumber() throws Exception {
        int listener = InetSockets.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        assertTrue(listener >= 0);
        int port = InetSockets.localPort(listener);
        DaemonProcess daemon = DaemonProcess.spawned(StockSupervisor.startCold(plan("00", listener)));
        try {
            assertEquals(1, ask(port));
            AtomicBoolean enough = new AtomicBoolean();
            CompletableFuture<List<Long>> answers = CompletableFuture.supplyAsync(() -> {
                List<Long> numbers = new ArrayList<>();
                while (!enough.get()) {
                    numbers.add(ask(port));
                }
                return numbers;
            });
            for (String build : List.of("01", "02", "03")) {
                StockSupervisor.Outcome.Committed committed = assertInstanceOf(StockSupervisor.Outcome.Committed.class,
                        StockSupervisor.performHandoff(plan(build, listener)));
                daemon.expectExit(0);
                daemon = DaemonProcess.spawned(committed.successorPid());
            }
            enough.set(true);
            List<Long> numbers = answers.get();
            assertEquals(LongStream.range(2, 2 + numbers.size()).boxed().toList(), numbers);
        } finally {
            daemon.close();
            Descriptors.close(listener);
        }
    }

    private StockSupervisor.Plan plan(String build, int listener) {
        return new StockSupervisor.Plan(dir.resolve("sock"), DaemonProcess.java(),
                DaemonProcess.commandLine(CounterDaemon.class, List.of(dir.toString(), build), ""),
                Map.of("PATH", "/usr/bin:/bin"), List.of("main"), List.of(listener), 60_000, 60_000, 20_000);
    }

    private static long ask(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            return Long.parseLong(new BufferedReader(
                    new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII)).readLine());
        } catch (IOException e) {
            throw new AssertionError("a request failed", e);
        }
    }
}
