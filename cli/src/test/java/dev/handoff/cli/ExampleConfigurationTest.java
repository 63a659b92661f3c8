package dev.handoff.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import dev.handoff.coordinator.config.ConfigFile;
import dev.handoff.coordinator.config.ConfigOutcome;
import dev.handoff.coordinator.config.CoordinatorConfig;
import dev.handoff.coordinator.config.ListenAddress;
import dev.handoff.coordinator.config.ServiceConfig;
import org.junit.jupiter.api.Test;

/** {@code examples/kv/handoff.toml} is what a newcomer starts first. */
class ExampleConfigurationTest {

    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    private static CoordinatorConfig load(Map<String, String> environment) {
        return switch (ConfigFile.load(ROOT.resolve("examples/kv/handoff.toml"), environment)) {
            case ConfigOutcome.Loaded<CoordinatorConfig>(CoordinatorConfig config) -> config;
            case ConfigOutcome.Refused<CoordinatorConfig> refused -> throw new AssertionError(refused.problems());
        };
    }

    @Test
    void servesOnItsUsualPort() {
        ServiceConfig kv = load(Map.of()).service("kv").orElseThrow();
        assertEquals(new ListenAddress.Tcp("127.0.0.1", 6390), kv.listeners().getFirst().address());
        assertTrue(Files.isExecutable(kv.binary()), kv.binary().toString());
    }

    @Test
    void takesAnotherPortFromTheEnvironment() {
        ServiceConfig kv = load(Map.of("HANDOFF_KV_PORT", "7001")).service("kv").orElseThrow();
        assertEquals(new ListenAddress.Tcp("127.0.0.1", 7001), kv.listeners().getFirst().address());
    }

    @Test
    void keepsEverythingBelowTarget() {
        CoordinatorConfig config = load(Map.of());
        ServiceConfig kv = config.service("kv").orElseThrow();
        Path target = ROOT.resolve("target/kv");
        assertEquals(target.resolve("trigger.sock"), config.triggerSocket());
        assertEquals(target.resolve("journal"), config.journal());
        assertEquals(target.resolve("control.sock"), kv.controlSocket());
        assertEquals(target.resolve("data"), kv.dataDir().orElseThrow());
        // The daemon's own arguments are relative to where it runs.
        assertEquals(ROOT, kv.workingDir().orElseThrow());
        assertEquals("target/kv/data", kv.args().get(kv.args().indexOf("--data-dir") + 1));
        assertEquals("target/kv/control.sock", kv.args().get(kv.args().indexOf("--control-socket") + 1));
    }
}
