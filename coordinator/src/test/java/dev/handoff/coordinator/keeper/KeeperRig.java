package dev.handoff.coordinator.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;

/** A keeper as a process of its own, with puppets for its coordinators. */
final class KeeperRig implements AutoCloseable {

    private static final int WAIT_MS = 60_000;

    private static final List<String> SMALL_JVM = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx32m",
            "--enable-native-access=ALL-UNNAMED");

    private final ServerSocket server;
    private final Process keeper;
    private final BufferedReader said;
    private final List<Puppet> puppets = new ArrayList<>();

    /** A coordinator that the keeper started. */
    final class Puppet {
        private final Socket socket;
        private final BufferedReader in;
        private final PrintWriter out;
        private final int pid;

        private Puppet(Socket socket) throws IOException {
            this.socket = socket;
            socket.setSoTimeout(WAIT_MS);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            out = new PrintWriter(socket.getOutputStream(), true, StandardCharsets.UTF_8);
            pid = Integer.parseInt(read());
        }

        int pid() {
            return pid;
        }

        String ask(String command) throws IOException {
            out.println(command);
            return read();
        }

        /** Gives a command that the puppet does not live to answer. */
        void tell(String command) {
            out.println(command);
        }

        String read() throws IOException {
            String line = in.readLine();
            assertNotNull(line, "the coordinator has gone");
            return line;
        }

        /** Kills it and waits for the one the keeper starts next. */
        Puppet killedAndFollowed() throws IOException {
            assertEquals(0, Processes.kill(pid, Signals.SIGKILL));
            return awaitPuppet();
        }
    }

    /** A keeper of puppets. */
    static KeeperRig ofPuppets(Map<String, String> environment, List<String> wrapper) throws IOException {
        return ofPuppets(environment, wrapper, List.of());
    }

    private static KeeperRig ofPuppets(Map<String, String> environment, List<String> wrapper, List<String> options)
            throws IOException {
        ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        server.setSoTimeout(WAIT_MS);
        List<String> puppet = new ArrayList<>(java(PuppetCoordinator.class));
        puppet.add(Integer.toString(server.getLocalPort()));
        return new KeeperRig(server, environment, wrapper, options, puppet);
    }

    /** A keeper of puppets, of which one more stands by. */
    static KeeperRig withSpare() throws IOException {
        return ofPuppets(Map.of(), List.of(), List.of("--spare"));
    }

    /** A keeper of any other command. */
    static KeeperRig of(String... command) throws IOException {
        return new KeeperRig(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()), Map.of(), List.of(), List.of(),
                List.of(command));
    }

    private KeeperRig(ServerSocket server, Map<String, String> environment, List<String> wrapper, List<String> options,
            List<String> command) throws IOException {
        this.server = server;
        // A build that somebody put into the background ignores SIGINT, and so would all that it starts.
        List<String> line = new ArrayList<>(List.of("env", "--default-signal"));
        line.addAll(wrapper);
        line.addAll(java(Keeper.class));
        line.addAll(options);
        line.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().putAll(environment);
        keeper = builder.start();
        said = keeper.inputReader(StandardCharsets.UTF_8);
    }

    private static List<String> java(Class<?> main) {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(SMALL_JVM);
        line.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        return line;
    }

    int pid() {
        return (int) keeper.pid();
    }

    /** The next coordinator that the keeper starts. */
    Puppet awaitPuppet() throws IOException {
        Puppet puppet = new Puppet(server.accept());
        puppets.add(puppet);
        return puppet;
    }

    /** The next line the keeper says that holds this text. */
    String awaitSaid(String text) throws IOException {
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            if (line.startsWith("handoff keeper: ") && line.contains(text)) {
                return line;
            }
        }
        throw new AssertionError("the keeper ended and never said '" + text + "'");
    }

    /** All it says until it ends. */
    List<String> said() {
        return said.lines().filter(line -> line.startsWith("handoff keeper: ")).toList();
    }

    int exitCode() throws InterruptedException {
        assertTrue(keeper.waitFor(WAIT_MS, TimeUnit.MILLISECONDS), "the keeper runs on");
        return keeper.exitValue();
    }

    /** As an operator would: SIGTERM. */
    void stop() {
        assertEquals(0, Processes.kill(pid(), Signals.SIGTERM));
    }

    void kill() throws InterruptedException {
        assertEquals(0, Processes.kill(pid(), Signals.SIGKILL));
        assertEquals(128 + Signals.SIGKILL, exitCode());
    }

    @Override
    public void close() throws IOException {
        keeper.destroyForcibly();
        for (Puppet puppet : puppets) {
            // The end of its input ends a puppet; SIGKILL by pid might hit a stranger by now.
            puppet.socket.close();
        }
        server.close();
    }
}
