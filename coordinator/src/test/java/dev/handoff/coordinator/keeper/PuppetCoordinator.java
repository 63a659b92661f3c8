package dev.handoff.coordinator.keeper;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

import dev.handoff.coordinator.store.DescriptorStore;
import dev.handoff.coordinator.store.DescriptorStores;
import dev.handoff.coordinator.store.KeeperWatch;
import dev.handoff.coordinator.store.Parked;
import dev.handoff.coordinator.store.SpareChannel;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Sockets;
import dev.handoff.posix.UnixSockets;

/**
 * What the keeper starts in the tests: does what the test tells it, a command and an answer a line. {@code
 * PuppetCoordinator PORT}. It says hello with its pid, and {@code TERM} when it is asked to stop.
 */
final class PuppetCoordinator {

    private final DescriptorStore store;
    private final PrintWriter out;

    private PuppetCoordinator(DescriptorStore store, PrintWriter out) {
        this.store = store;
        this.out = out;
    }

    public static void main(String[] args) throws IOException {
        Map<String, String> environment = new HashMap<>(System.getenv());
        if (environment.containsKey("PUPPET_IGNORES_LIMIT")) {
            environment.remove("FDSTORE");
        }
        Optional<List<Parked>> handedOver = Optional.empty();
        if (SpareChannel.ofEnvironment(environment).isPresent()) {
            if (!(SpareChannel
                    .await(SpareChannel.ofEnvironment(environment).getAsInt()) instanceof SpareChannel.GoOn go)) {
                return;
            }
            handedOver = Optional.of(go.parked());
        }
        DescriptorStore store = handedOver.isPresent()
                ? DescriptorStores.fromEnvironment(environment, handedOver.get())
                : DescriptorStores.fromEnvironment(environment);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
                BufferedReader in = new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
                PrintWriter out = new PrintWriter(socket.getOutputStream(), true, StandardCharsets.UTF_8)) {
            PuppetCoordinator puppet = new PuppetCoordinator(store, out);
            Runtime.getRuntime().addShutdownHook(new Thread(puppet::asked));
            out.println(Processes.ownPid());
            KeeperWatch.start(environment, out::println);
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.println(puppet.obey(line.split(" ", -1)));
            }
            // The test is over. An exit would wait for the hook, which waits for the test.
            Runtime.getRuntime().halt(0);
        }
    }

    private void asked() {
        out.println("TERM");
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String obey(String[] command) throws IOException {
        return switch (command[0]) {
            case "env" -> String.valueOf(System.getenv(command[1]));
            case "back" -> String.join(" ", store.handedBack().stream().map(Parked::name).sorted().toList());
            case "connect" -> park(command[2], UnixSockets.connect(Path.of(command[1])));
            case "listen" -> park(command[2], UnixSockets.listen(Path.of(command[1]), 8));
            case "write" -> write(command[1]);
            case "remove" -> told(() -> store.remove(command[1]));
            case "ready" -> told(store::ready);
            case "hold" -> told(() -> store.hold(Long.parseLong(command[1])));
            case "orphan" -> orphan();
            case "halt" -> told(() -> Runtime.getRuntime().halt(Integer.parseInt(command[1])));
            default -> throw new IllegalArgumentException(command[0]);
        };
    }

    private String park(String name, int fd) {
        return fd < 0 ? "no descriptor: " + fd : "parked " + store.park(name, fd);
    }

    private String write(String name) {
        int fd = store.handedBack().stream().filter(parked -> parked.name().equals(name)).findFirst().orElseThrow()
                .fd();
        try (Arena arena = Arena.ofConfined()) {
            return "wrote " + Sockets.send(fd, arena.allocate(3), 0, 3, 0);
        }
    }

    private static String told(Runnable action) {
        action.run();
        return "done";
    }

    /** A process whose own parent has ended already. */
    private static String orphan() throws IOException {
        Process shell = new ProcessBuilder("/bin/sh", "-c", "sleep 600 >&- 2>&- & echo $!").start();
        try (BufferedReader in = shell.inputReader(StandardCharsets.US_ASCII)) {
            return in.readLine();
        }
    }
}
