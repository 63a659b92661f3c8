package dev.handoff.examples.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

import dev.handoff.codec.Message;
import dev.handoff.posix.ExitStatus;
import dev.handoff.stock.StockSupervisor.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Established connections through swaps of real daemons, by a supervisor that knows nothing of it. */
@Timeout(180)
class CarriedConnectionsTest {
    /** Little warm-up: these are about what happens, not how fast. */
    private static final String[] QUICK = {"--warm-up-ms", "100"};

    @TempDir
    Path dir;

    @Test
    void streamsGoOnThroughSwapsRollbacksAndDeaths() throws IOException {
        try (Daemons daemons = new Daemons(dir)) {
            int pid = daemons.startCold(QUICK);
            try (StreamLoad load = new StreamLoad(daemons.port(), 6, 1)) {
                load.awaitAnswers(50);
                // The gate refuses a successor that has taken all and is ready.
                expect(Outcome.RolledBack.class, daemons.swap((next, _) -> !(next instanceof Message.Commit),
                        QUICK));
                load.awaitAnswers(50);
                // The successor dies when it has taken all.
                expect(Outcome.RolledBack.class, daemons.swap((next, successor) -> {
                    if (next instanceof Message.Commit) {
                        daemons.kill(successor);
                        return false;
                    }
                    return true;
                }, QUICK));
                load.awaitAnswers(50);
                // The supervisor goes away when the incumbent has drained, and before it would begin.
                expect(Outcome.BrokenOff.class, daemons.swap((next, _) -> !(next instanceof Message.SealRequest),
                        QUICK));
                load.awaitAnswers(50);
                expect(Outcome.RolledBack.class, daemons.swap((next, _) -> !(next instanceof Message.Begin), QUICK));
                load.awaitAnswers(50);
                Outcome.Committed first = expect(Outcome.Committed.class, daemons.swap(QUICK));
                assertEquals(new ExitStatus.Exited(0), daemons.awaitExit(pid));
                load.awaitAnswers(50);
                // The incumbent dies with everything offered and nothing released.
                Outcome.Committed second = expect(Outcome.Committed.class, daemons.swap((next, _) -> {
                    if (next instanceof Message.Commit) {
                        daemons.kill(first.successorPid());
                    }
                    return true;
                }, QUICK));
                load.awaitAnswers(50);
                assertEquals(List.of(), load.failures());
                daemons.terminate(second.successorPid());
                assertEquals(new ExitStatus.Exited(0), daemons.awaitExit(second.successorPid()));
                assertEquals(List.of(), daemons.strayFiles());
            }
        }
    }

    @Test
    void carriesWhatIsHalfDone() throws IOException {
        try (Daemons daemons = new Daemons(dir)) {
            daemons.startCold(QUICK);
            List<Client> idle = daemons.clientsNamed("idle", 300);
            String id = idle.getFirst().call("CLIENT", "ID");
            try (Socket half = socket(daemons);
                    Socket deaf = socket(daemons);
                    Socket leaving = socket(daemons);
                    Socket parting = socket(daemons);
                    Socket wrong = socket(daemons)) {
                write(half, "*2\r\n$4\r\nECHO\r\n$5\r\nhe");
                // Far more than sockets hold, and nobody reads it.
                String value = "v".repeat(1 << 20);
                assertEquals("+OK", idle.getFirst().call("SET", "large", value));
                write(deaf, "*2\r\n$3\r\nGET\r\n$5\r\nlarge\r\n".repeat(20));
                write(parting, "*2\r\n$4\r\nECHO\r\n$5\r\npa");

                expect(Outcome.Committed.class, daemons.swap((next, _) -> {
                    // The daemon has drained or sealed: what comes now is for the next one.
                    if (next instanceof Message.SealRequest) {
                        write(half, "l");
                        write(parting, "rt\r\n");
                        close(leaving);
                    } else if (next instanceof Message.Begin) {
                        write(half, "lo\r\n*1\r\n$4\r\nPING\r\n");
                        shutdownOutput(parting);
                        write(wrong, "*2\r\nwrong\r\n");
                    }
                    return true;
                }, QUICK));

                expect(half, "$5\r\nhello\r\n+PONG\r\n");
                for (int i = 0; i < 20; i++) {
                    expect(deaf, "$" + value.length() + "\r\n" + value + "\r\n");
                }
                write(deaf, "*1\r\n$4\r\nPING\r\n");
                expect(deaf, "+PONG\r\n");
                // Incomplete when its client had said all: nothing is owed, and the connection ends.
                assertEquals(-1, parting.getInputStream().read());
                expect(wrong, "-ERR Protocol error: expected '$', got 'w'\r\n");
                assertEquals(-1, wrong.getInputStream().read());
            }
            assertEquals(id, idle.getFirst().call("CLIENT", "ID"));
            for (int i = 0; i < idle.size(); i++) {
                assertEquals("idle" + i, idle.get(i).call("CLIENT", "GETNAME"));
                idle.get(i).close();
            }
        }
    }

    @Test
    void clientLibrariesThatDoNotReconnectNoticeNothing() throws Exception {
        try (Daemons daemons = new Daemons(dir)) {
            daemons.startCold(QUICK);
            ClientLibraries.goThrough(daemons, 2, QUICK);
        }
    }

    /** The outcome as expected, or why it is another one. */
    private static <T extends Outcome> T expect(Class<T> kind, Outcome outcome) {
        return assertInstanceOf(kind, outcome, outcome::toString);
    }

    private static Socket socket(Daemons daemons) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), daemons.port());
        socket.setSoTimeout(60_000);
        return socket;
    }

    private static void write(Socket socket, String text) {
        try {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void shutdownOutput(Socket socket) {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void expect(Socket socket, String text) throws IOException {
        InputStream in = socket.getInputStream();
        assertEquals(text, new String(in.readNBytes(text.length()), StandardCharsets.US_ASCII));
    }
}
