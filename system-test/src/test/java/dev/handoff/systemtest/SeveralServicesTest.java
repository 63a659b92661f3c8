package dev.handoff.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Outcome;
import dev.handoff.coordinator.config.ConfigFile;
import dev.handoff.coordinator.config.ConfigOutcome;
import dev.handoff.coordinator.config.CoordinatorConfig;
import dev.handoff.coordinator.loop.Past;
import dev.handoff.coordinator.shell.Coordinator;
import dev.handoff.coordinator.store.DescriptorStores;
import dev.handoff.stock.StockLauncher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One coordinator, two services: their handoffs run side by side, and each has its own outcome. */
class SeveralServicesTest {

    @TempDir
    private Path directory;

    @Test
    void swapsTwoServicesAtOnceEachWithItsOwnOutcome() throws Exception {
        Path file = Files.writeString(directory.resolve("both.toml"), """
                trigger_socket = "trigger.sock"

                [[service]]
                name = "good"
                control_socket = "good.sock"
                binary = "good"

                [[service]]
                name = "bad"
                control_socket = "bad.sock"
                binary = "bad"
                """);
        daemon("good", "good", "--drain-ms", "500");
        daemon("bad", "bad", "--drain-ms", "500");
        Path goodNext = daemon("good", "good-next");
        Path badNext = daemon("bad", "bad-next", "--unhealthy");
        CoordinatorConfig config = switch (ConfigFile.load(file, Map.of())) {
            case ConfigOutcome.Loaded<CoordinatorConfig>(CoordinatorConfig loaded) -> loaded;
            case ConfigOutcome.Refused<CoordinatorConfig> refused -> throw new AssertionError(refused.problems());
        };
        MemoryLog log = new MemoryLog();
        try (Coordinator coordinator = Coordinator.start(config, System.getenv(), log,
                Past.nothing(UUID.randomUUID()), "test", DescriptorStores.fromEnvironment(Map.of()))) {
            awaitGreeted(log, 1);
            awaitGreeted(log, 2);
            // Both lines are on their way before either is answered.
            TriggerLine good = TriggerLine.send(config.triggerSocket(),
                    "{\"op\":\"swap\",\"service\":\"good\",\"binary\":\"" + goodNext + "\"}");
            TriggerLine bad = TriggerLine.send(config.triggerSocket(),
                    "{\"op\":\"swap\",\"service\":\"bad\",\"binary\":\"" + badNext + "\"}");
            String goodEnd = good.lastReply();
            String badEnd = bad.lastReply();
            assertEquals(true, goodEnd.contains("\"outcome\":\"committed\""), goodEnd);
            assertEquals(true, badEnd.contains("\"outcome\":\"rolled_back\""), badEnd);
            assertEquals(Outcome.COMMITTED, outcomeOf(log, 1));
            assertEquals(Outcome.ROLLED_BACK, outcomeOf(log, 2));
            coordinator.stop("the test is over");
            assertEquals(0, coordinator.awaitExit());
        }
        for (Event event : log.events()) {
            if (event instanceof Event.Spawned spawned) {
                assertEquals(false, Files.exists(Path.of("/proc/" + spawned.pid())), spawned.toString());
            }
        }
    }

    private Path daemon(String service, String name, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(
                List.of("--data-dir", directory.resolve(service + ".data").toString(),
                        "--control-socket", directory.resolve(service + ".sock").toString(), "--build", name));
        all.addAll(List.of(arguments));
        return StockLauncher.write(directory.resolve(name), all);
    }

    /** A cold start is over when the daemon has said its first Hello. */
    private static void awaitGreeted(MemoryLog log, int service) throws InterruptedException {
        log.await("the Hello of service " + service, Rig.PATIENCE_MS,
                event -> event instanceof Event.MessageReceived && event.stamp().service() == service);
    }

    private static Outcome outcomeOf(MemoryLog log, int service) throws InterruptedException {
        return assertInstanceOf(Event.HandoffEnded.class, log.await("the end for service " + service, Rig.PATIENCE_MS,
                event -> event instanceof Event.HandoffEnded && event.stamp().service() == service)).outcome();
    }
}
