package dev.handoff.examples.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

import dev.handoff.codec.Message;
import dev.handoff.posix.Processes;
import dev.handoff.posix.Signals;
import dev.handoff.stock.StockSupervisor.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where only some connections can be carried, those are served, and the others end; none hangs and none is served wrongly. */
@Timeout(180)
class PartlyCarriedConnectionsTest {
    private static final String[] QUICK = {"--warm-up-ms", "100"};
    /** What a successor keeps free, by the README. */
    private static final int KEPT_FREE = 128;

    @TempDir
    Path dir;

    @Test
    void successorThatMayOpenFewFilesTakesWhatItHasRoomFor() throws IOException {
        int room = 100;
        try (Daemons daemons = new Daemons(dir)) {
            daemons.startCold(QUICK);
            List<Client> clients = daemons.clientsNamed("c", 400);
            Outcome outcome = daemons.swap((next, successor) -> {
                if (next instanceof Message.PrepareHandoff) {
                    limitOpenFiles(successor, Processes.fdCount(successor) + KEPT_FREE + room);
                }
                return true;
            }, QUICK);
            assertInstanceOf(Outcome.Committed.class, outcome, outcome::toString);
            int served = 0;
            for (int i = 0; i < clients.size(); i++) {
                if (answers(clients.get(i), "c" + i)) {
                    served++;
                }
                clients.get(i).close();
            }
            // A few of the room go to files that the successor opened since.
            assertTrue(served > room / 2 && served <= room, served + " were carried");
            try (Client another = new Client(daemons.port())) {
                assertEquals("+PONG", another.call("PING"));
            }
        }
    }

    /** Whether it is served, under its name; else it ended. Neither within a minute is a failure. */
    private static boolean answers(Client client, String name) {
        try {
            String answer = client.call("CLIENT", "GETNAME");
            assertEquals(name, answer);
            return true;
        } catch (SocketTimeoutException e) {
            throw new AssertionError(name + " hangs", e);
        } catch (IOException e) {
            return false;
        }
    }

    /** As an administrator would: util-linux has the command. */
    private static void limitOpenFiles(int pid, int most) {
        try {
            Process command = new ProcessBuilder("prlimit", "--pid", Integer.toString(pid), "--nofile=" + most)
                    .inheritIO().start();
            assertEquals(0, command.waitFor());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatArrivedBeforeTheIncumbentDiedIsServedAndTheRestEnds() throws Exception {
        // More than a batch holds, so that each connection is a batch of its own.
        String value = "v".repeat(8 << 20);
        String reply = "$" + value.length() + "\r\n" + value + "\r\n";
        try (Daemons daemons = new Daemons(dir)) {
            int incumbent = daemons.startCold(QUICK);
            try (Client client = new Client(daemons.port())) {
                assertEquals("+OK", client.call("SET", "large", value));
            }
            List<Socket> slow = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                slow.add(begunReply(daemons.port()));
            }
            AtomicReference<CompletableFuture<Void>> killing = new AtomicReference<>();
            Outcome outcome = daemons.swap((next, successor) -> {
                if (next instanceof Message.Begin) {
                    int before = sockets(successor);
                    killing.set(CompletableFuture.runAsync(() -> killOnce(incumbent, successor, before + 10)));
                } else if (next instanceof Message.Commit) {
                    killing.get().join();
                }
                return true;
            }, QUICK);
            assertInstanceOf(Outcome.Committed.class, outcome, outcome::toString);
            int served = 0;
            for (Socket socket : slow) {
                if (hasAllOf(socket, reply)) {
                    served++;
                }
                socket.close();
            }
            assertTrue(served > 0 && served < slow.size(), served + " of " + slow.size() + " were served");
        }
    }

    /** Kills the incumbent once its successor has so many sockets. */
    private static void killOnce(int incumbent, int successor, int enough) {
        while (sockets(successor) < enough) {
            LockSupport.parkNanos(100_000);
        }
        Processes.kill(incumbent, Signals.SIGKILL);
    }

    private static int sockets(int pid) {
        File[] descriptors = new File("/proc/" + pid + "/fd").listFiles();
        assertNotNull(descriptors, "process " + pid + " is gone");
        return (int) Arrays.stream(descriptors).filter(PartlyCarriedConnectionsTest::isSocket).count();
    }

    private static boolean isSocket(File descriptor) {
        try {
            return Files.readSymbolicLink(descriptor.toPath()).toString().startsWith("socket:");
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }

    /** A client that has a reply's first byte and no room for the rest, so that the daemon has most of it still. */
    private static Socket begunReply(int port) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(8 << 10);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(60_000);
        socket.getOutputStream().write("*2\r\n$3\r\nGET\r\n$5\r\nlarge\r\n".getBytes(StandardCharsets.US_ASCII));
        assertEquals('$', socket.getInputStream().read());
        return socket;
    }

    /** Whether the rest of the reply comes, and the connection goes on; else it ended on the way. */
    private static boolean hasAllOf(Socket socket, String reply) throws IOException {
        InputStream in = socket.getInputStream();
        try {
            byte[] rest = in.readNBytes(reply.length() - 1);
            assertEquals(reply.substring(1, 1 + rest.length), new String(rest, StandardCharsets.US_ASCII));
            if (rest.length < reply.length() - 1) {
                return false;
            }
            socket.getOutputStream().write("*1\r\n$4\r\nPING\r\n".getBytes(StandardCharsets.US_ASCII));
            assertEquals("+PONG\r\n", new String(in.readNBytes(7), StandardCharsets.US_ASCII));
            return true;
        } catch (SocketTimeoutException e) {
            throw new AssertionError("it hangs", e);
        } catch (IOException e) {
            return false;
        }
    }
}
