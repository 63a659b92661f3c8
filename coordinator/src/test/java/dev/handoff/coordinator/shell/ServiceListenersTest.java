package dev.handoff.coordinator.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.handoff.coordinator.config.ServiceConfig;
import dev.handoff.coordinator.store.DescriptorStore;
import dev.handoff.coordinator.store.Parked;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Errno;
import dev.handoff.posix.InetSockets;
import dev.handoff.posix.Processes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a service's listeners come from when a coordinator starts. */
class ServiceListenersTest {

    private static final String NAME = "listener.svc/main";

    @TempDir
    private Path directory;

    private final ListedStore store = new ListedStore();
    private final List<Integer> open = new ArrayList<>();
    private ServiceListeners listeners;

    /** Remembers the names. */
    private static final class ListedStore implements DescriptorStore {
        private final List<String> names = new ArrayList<>();
        private int answer;

        @Override
        public int park(String name, int fd) {
            if (answer == 0) {
                names.add(name);
            }
            return answer;
        }

        @Override
        public void remove(String name) {
            names.remove(name);
        }

        @Override
        public List<Parked> handedBack() {
            return List.of();
        }

        @Override
        public void ready() {}

        @Override
        public void status(String text) {}

        @Override
        public void hold(long holdMs) {}

        @Override
        public String describe() {
            return "a list of names";
        }
    }

    @AfterEach
    void close() {
        listeners.close();
        open.forEach(Descriptors::close);
    }

    private ServiceListeners on(int port) throws IOException {
        ServiceConfig service = Configs.load(directory, """
                [[listeners]]
                name = "main"
                addr = "127.0.0.1:%d"
                """.formatted(port)).services().getFirst();
        listeners = new ServiceListeners(service, store);
        return listeners;
    }

    /** A listener on a port of the kernel's choice, held by this test. */
    private int listen() {
        int fd = InetSockets.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
        open.add(fd);
        return fd;
    }

    private void free(int fd) {
        Descriptors.close(fd);
        open.removeIf(one -> one == fd);
    }

    @Test
    void isParkedOnceBound() throws Exception {
        on(0).bindMissing(List.of());
        assertEquals(List.of(NAME), store.names);
        assertEquals(1, listeners.descriptors().size());
        assertTrue(listeners.parked());
    }

    @Test
    void takesBackWhatIsBoundToTheConfiguredAddress() throws Exception {
        int handed = Descriptors.duplicate(listen(), 0);
        Map<String, Parked> left = new HashMap<>(Map.of(NAME, new Parked(NAME, handed)));
        on(InetSockets.localPort(handed)).takeBack(left);
        listeners.bindMissing(List.of());
        assertEquals(List.of(handed), listeners.descriptors());
        assertEquals(Map.of(), left);
        assertEquals(List.of(), store.names, "it is parked already");
    }

    @Test
    void bindsAfreshWhereTheConfigurationNamesAnotherAddressByNow() throws Exception {
        int handed = Descriptors.duplicate(listen(), 0);
        int freed = listen();
        int port = InetSockets.localPort(freed);
        free(freed);
        on(port).takeBack(new HashMap<>(Map.of(NAME, new Parked(NAME, handed))));
        listeners.bindMissing(List.of());
        assertEquals(port, InetSockets.localPort(listeners.descriptors().getFirst()));
        assertEquals(List.of(NAME), store.names);
    }

    @Test
    void takesNoSocketBackThatDoesNotListen() throws Exception {
        int port = InetSockets.localPort(listen());
        int connected = InetSockets.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        assertTrue(connected >= 0, () -> Errno.message(connected));
        Map<String, Parked> left = new HashMap<>(Map.of(NAME, new Parked(NAME, connected)));
        on(port).takeBack(left);
        assertTrue(listeners.missing().isPresent());
        assertFalse(Descriptors.isOpen(connected));
    }

    @Test
    void takesItOutOfALivingDaemonWhereThatIsAllowed() throws Exception {
        on(InetSockets.localPort(listen())).bindMissing(List.of(Processes.ownPid()));
        assertEquals(Optional.empty(), listeners.missing());
        assertEquals(List.of(NAME), store.names);
    }

    @Test
    void isMissingWhileALivingDaemonHoldsItAndBoundOnceThatHasEnded() throws Exception {
        int held = listen();
        // The first process of all has no listener of this test's.
        on(InetSockets.localPort(held)).bindMissing(List.of(1));
        String missing = listeners.missing().orElseThrow();
        assertTrue(missing.contains("stop the daemon"), missing);
        assertThrows(IllegalStateException.class, listeners::descriptors);
        assertTrue(listeners.complete().isPresent());
        free(held);
        assertEquals(Optional.empty(), listeners.complete());
        assertEquals(1, listeners.descriptors().size());
    }

    @Test
    void anAddressThatAStrangerHoldsIsAFailure() throws Exception {
        on(InetSockets.localPort(listen()));
        assertThrows(StartupFailure.class, () -> listeners.bindMissing(List.of()));
    }

    @Test
    void aListenerThatCannotBeParkedServesAllTheSame() throws Exception {
        store.answer = -Errno.ENOSPC;
        on(0).bindMissing(List.of());
        assertEquals(1, listeners.descriptors().size());
        assertFalse(listeners.parked());
    }
}
