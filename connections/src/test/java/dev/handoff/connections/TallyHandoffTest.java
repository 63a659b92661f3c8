package dev.handoff.connections;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import dev.handoff.codec.Message;
import dev.handoff.connections.sample.NettyTallyDaemon;
import dev.handoff.connections.sample.TallyDaemon;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.ExitStatus;
import dev.handoff.posix.InetSockets;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;
import dev.handoff.stock.StockSupervisor;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The samples of the README, on JDK channels and on Netty, in real processes under a stock supervisor. */
@Timeout(120)
class TallyHandoffTest {

    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(classes = {TallyDaemon.class, NettyTallyDaemon.class})
    void connectionsCountOnThroughRollbackAndSwap(Class<?> daemon) throws Exception {
        int listener = InetSockets.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        int incumbent = StockSupervisor.startCold(plan(daemon, "00", listener));
        int successor = 0;
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), InetSockets.localPort(listener))) {
            client.setSoTimeout(30_000);
            BufferedReader in = new BufferedReader(
                    new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
            write(client, "a\nb\nhalf ");
            assertEquals("1", in.readLine());
            assertEquals("2", in.readLine());

            assertInstanceOf(StockSupervisor.Outcome.RolledBack.class, StockSupervisor.performHandoff(
                    plan(daemon, "01", listener), (next, _) -> !(next instanceof Message.Commit)));
            write(client, "a line\nand ");
            assertEquals("3", in.readLine());

            StockSupervisor.Outcome.Committed committed = assertInstanceOf(StockSupervisor.Outcome.Committed.class,
                    StockSupervisor.performHandoff(plan(daemon, "02", listener), (next, _) -> {
                        if (next instanceof Message.Begin) {
                            write(client, "one more\n");
                        }
                        return true;
                    }));
            successor = committed.successorPid();
            assertEquals("4", in.readLine());
            assertEquals(new ExitStatus.Exited(0), Processes.waitFor(incumbent, false));
            write(client, "the last\n");
            assertEquals("5", in.readLine());
        } finally {
            for (int pid : new int[]{incumbent, successor}) {
                if (pid > 0 && Processes.isAlive(pid)) {
                    Processes.kill(pid, Signals.SIGKILL);
                    Processes.waitFor(pid, false);
                }
            }
            Descriptors.close(listener);
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {TallyDaemon.class, NettyTallyDaemon.class})
    void theReadmeShowsThisVeryCode(Class<?> daemon) throws IOException {
        Path root = Path.of("..").toAbsolutePath().normalize();
        String readme = Files.readString(root.resolve("README.md"));
        Path sample = root.resolve(
                "connections/src/test/java/dev/handoff/connections/sample/" + daemon.getSimpleName() + ".java");
        String code = Files.readString(sample);
        String shown = code.substring(code.indexOf("// README: begin\n") + 17, code.indexOf("    // README: end"));
        assertTrue(readme.contains("```java\n" + shown.stripTrailing().stripIndent() + "\n```"),
                "README.md, section \"Keep your connections\", must show the marked part of " + sample);
    }

    private static void write(Socket client, String text) {
        try {
            client.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private StockSupervisor.Plan plan(Class<?> daemon, String build, int listener) {
        List<String> arguments = new ArrayList<>();
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (flag.startsWith("--")) {
                arguments.add(flag);
            }
        }
        String real = System.getProperty("surefire.test.class.path");
        arguments.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                real != null ? real : System.getProperty("java.class.path"), daemon.getName(),
                dir.toString(), build));
        return new StockSupervisor.Plan(dir.resolve("sock"), Path.of(System.getProperty("java.home"), "bin", "java"),
                arguments, Map.of("PATH", "/usr/bin:/bin"), List.of("main"), List.of(listener), 60_000, 60_000, 20_000);
    }
}
