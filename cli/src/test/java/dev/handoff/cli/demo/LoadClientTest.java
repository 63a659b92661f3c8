package dev.handoff.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

/** A client against a server that misbehaves in each way a checker must see. */
class LoadClientTest {

    private static final int VISITS = 200;
    private static final int REQUESTS_A_VISIT = 6;
    private static final int REQUESTS_TO_VERIFY = 65;

    private final Tally tally = new Tally();

    private Tally visit(FakeStore.Behaviour behaviour) throws IOException {
        try (FakeStore store = FakeStore.behaving(behaviour)) {
            visit(store.address());
        }
        return tally;
    }

    private void visit(InetSocketAddress address) {
        LoadClient client = new LoadClient(1, address, false, tally, new Pauses());
        for (int i = 0; i < VISITS; i++) {
            client.visit();
        }
        client.verify();
    }

    private static boolean isNth(FakeStore store, List<String> request, String kind, int nth) {
        return request.getFirst().equals(kind) && store.seen.get(kind) == nth;
    }

    @Test
    void findsNothingWrongWithAnHonestServer() throws IOException {
        try (FakeStore store = FakeStore.honest()) {
            visit(store.address());
        }
        assertEquals(List.of(), tally.findings());
        assertEquals(0, tally.failed());
        assertEquals(0, tally.lostWrites());
        assertEquals(VISITS * REQUESTS_A_VISIT + REQUESTS_TO_VERIFY, tally.requests());
        assertEquals(VISITS * 3 + 1, tally.acknowledgedWrites());
    }

    @Test
    void aWriteThatIsAcknowledgedAndForgottenIsLostOnce() throws IOException {
        visit((store, request) -> isNth(store, request, "SET", 150) ? "+OK\r\n" : store.honestly(request));
        assertEquals(1, tally.lostWrites(), tally.findings().toString());
        assertEquals(0, tally.failed());
        assertTrue(tally.findings().getFirst().contains("was acknowledged"), tally.findings().toString());
    }

    @Test
    void allForgottenWritesAreLost() throws IOException {
        visit((store, request) -> request.getFirst().equals("SET") ? "+OK\r\n" : store.honestly(request));
        // Two writes a visit, both read back at once; what is found lost once is not counted again.
        assertEquals(2 * VISITS, tally.lostWrites());
        assertEquals(0, tally.failed());
    }

    @Test
    void aStoreThatWentBackToAnEarlierStateHasLostWrites() throws IOException {
        try (FakeStore store = FakeStore.honest()) {
            LoadClient client = new LoadClient(1, store.address(), false, tally, new Pauses());
            for (int i = 0; i < VISITS; i++) {
                client.visit();
            }
            Map<String, String> earlier = new HashMap<>(store.data);
            for (int i = 0; i < 5; i++) {
                client.visit();
            }
            assertEquals(0, tally.lostWrites());
            store.data.clear();
            store.data.putAll(earlier);
            client.verify();
        }
        assertTrue(tally.lostWrites() >= 2, tally.findings().toString());
        assertEquals(0, tally.failed());
    }

    @Test
    void aStaleReadIsSeen() throws IOException {
        String[] stale = {null};
        visit((store, request) -> {
            if (isNth(store, request, "SET", 150)) {
                stale[0] = store.data.getOrDefault(request.get(1), "absent");
            } else if (stale[0] != null && request.getFirst().equals("GET")) {
                String reply = stale[0].equals("absent") ? FakeStore.bulk(null) : FakeStore.bulk(stale[0]);
                stale[0] = null;
                return reply;
            }
            return store.honestly(request);
        });
        assertTrue(tally.lostWrites() >= 1, tally.findings().toString());
    }

    @Test
    void aValueThatWasNeverWrittenThereIsSeen() throws IOException {
        visit((store, request) -> isNth(store, request, "GET", 300)
                ? FakeStore.bulk("2:7:1")
                : store.honestly(request));
        assertTrue(tally.lostWrites() >= 1, tally.findings().toString());
        assertTrue(tally.findings().getFirst().contains("reads '2:7:1'"), tally.findings().toString());
    }

    @Test
    void anIncrementAppliedTwiceOrNotAtAllIsSeen() throws IOException {
        visit((store, request) -> {
            if (isNth(store, request, "INCR", 50)) {
                store.honestly(request);
            } else if (isNth(store, request, "INCR", 100)) {
                return ":" + store.data.get(request.get(1)) + "\r\n";
            }
            return store.honestly(request);
        });
        assertEquals(2, tally.lostWrites(), tally.findings().toString());
        assertEquals(0, tally.failed());
    }

    @Test
    void anErrorReplyHasFailed() throws IOException {
        visit((store, request) -> isNth(store, request, "SET", 10)
                ? "-ERR the disk is full\r\n"
                : store.honestly(request));
        assertEquals(1, tally.failed());
        // The read of what was not written shows the value before it, and that is right.
        assertEquals(0, tally.lostWrites(), tally.findings().toString());
        assertEquals(VISITS * REQUESTS_A_VISIT + REQUESTS_TO_VERIFY, tally.requests());
        assertTrue(tally.findings().getFirst().contains("the disk is full"), tally.findings().toString());
    }

    @Test
    void aReplyOfTheWrongKindHasFailed() throws IOException {
        visit((store, request) -> isNth(store, request, "SET", 10) ? ":1\r\n" : store.honestly(request));
        assertEquals(1, tally.failed());
    }

    @Test
    void everyRequestOfAClosedConnectionWithoutAReplyHasFailed() throws IOException {
        visit((store, request) -> isNth(store, request, "INCR", 10) ? FakeStore.HANG_UP : store.honestly(request));
        // The third of six requests was not answered, nor the three after it.
        assertEquals(4, tally.failed());
        assertEquals(0, tally.lostWrites(), tally.findings().toString());
        assertEquals(VISITS * REQUESTS_A_VISIT + REQUESTS_TO_VERIFY, tally.requests());
    }

    @Test
    void aWriteWithoutAReplyMayBeInForceOrNot() throws IOException {
        visit((store, request) -> {
            if (isNth(store, request, "SET", 10) || isNth(store, request, "INCR", 30)) {
                store.honestly(request);
                return FakeStore.HANG_UP;
            }
            return isNth(store, request, "SET", 50) || isNth(store, request, "INCR", 70)
                    ? FakeStore.HANG_UP
                    : store.honestly(request);
        });
        assertTrue(tally.failed() > 0);
        assertEquals(0, tally.lostWrites(), tally.findings().toString());
    }

    @Test
    void aRefusedConnectionFailsAllItsRequests() throws IOException {
        InetSocketAddress nobody;
        try (FakeStore store = FakeStore.honest()) {
            nobody = store.address();
        }
        new LoadClient(1, nobody, false, tally, new Pauses()).visit();
        assertEquals(REQUESTS_A_VISIT, tally.failed());
        assertEquals(REQUESTS_A_VISIT, tally.requests());
    }

    @Test
    void garbageInsteadOfAReplyFails() throws IOException {
        visit((store, request) -> isNth(store, request, "GET", 10) ? "HTTP/1.1 200\r\n" : store.honestly(request));
        assertTrue(tally.failed() >= 1);
        assertEquals(0, tally.lostWrites());
    }

    @Test
    void staysOnItsConnectionIfItIsToKeepIt() throws IOException {
        try (FakeStore store = FakeStore.honest()) {
            LoadClient client = new LoadClient(1, store.address(), true, tally, new Pauses());
            for (int i = 0; i < VISITS; i++) {
                client.visit();
            }
            assertEquals(new LoadClient.Spell(1, VISITS * REQUESTS_A_VISIT), client.spell());
            client.leave();
        }
        assertEquals(0, tally.failed());
        assertEquals(0, tally.reset());
    }

    @Test
    void aConnectionThatEndsUnderItsClientIsReset() throws IOException {
        try (FakeStore store = FakeStore.behaving((each, request) -> isNth(each, request, "INCR", 10)
                ? FakeStore.HANG_UP
                : each.honestly(request))) {
            LoadClient client = new LoadClient(1, store.address(), true, tally, new Pauses());
            for (int i = 0; i < VISITS; i++) {
                client.visit();
            }
            assertEquals(2, client.spell().connection());
            client.leave();
        }
        assertEquals(1, tally.reset());
        assertEquals(4, tally.failed());
    }
}
