package dev.handoff.cli.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * One client: writes and reads back in two pipelined rounds, and begins anew, on one connection that it keeps or on a new one each
 * time. Each reply is judged by its {@link Ledger}. On a thread of its own, but for what says otherwise.
 */
final class LoadClient {

    private static final int KEYS = 64;
    /** As long as a coordinator may be away while nobody serves, and as long again. */
    private static final int TIMEOUT_MS = 20_000;
    /** Between two connections, on average: a load, but not one that takes the processors from the swap. */
    private static final long THINK_NS = 4_000_000;
    private static final int VERIFIED_AT_ONCE = 16;
    /** The most requests that are on their way at once. */
    static final int MOST_AT_ONCE = VERIFIED_AT_ONCE;

    private final InetSocketAddress daemon;
    private final boolean keepsConnection;
    private final Tally tally;
    private final Pauses pauses;
    private final SplittableRandom random;
    private final Ledger ledger;
    /** When the last good reply came, as of {@link System#nanoTime}; meaningless before {@link #served}. */
    private long lastGoodNs;
    private boolean served;
    /** The connection that is kept; null for none. */
    private RespConnection kept;
    private volatile Spell spell = new Spell(0, 0);

    /**
     * How far a client has come: on its how-manieth connection, and with how many answers in all. Immutable.
     *
     * @param connection counts the connections that it has opened
     * @param answers    counts the good replies that it has had
     */
    record Spell(long connection, long answers) {}

    /**
     * @param number          tells its keys from those of the others, and its random choices too
     * @param keepsConnection whether it stays on one connection until that is lost
     */
    LoadClient(int number, InetSocketAddress daemon, boolean keepsConnection, Tally tally, Pauses pauses) {
        this.daemon = daemon;
        this.keepsConnection = keepsConnection;
        this.tally = tally;
        this.pauses = pauses;
        this.random = new SplittableRandom(number);
        this.ledger = new Ledger(number, KEYS);
    }

    /** A request, and how its reply is judged. */
    private sealed interface Request {
        record Write(int key) implements Request {}

        record Read(int key) implements Request {}

        record Count() implements Request {}
    }

    /** Loads the daemon until {@code stop}. */
    void run(BooleanSupplier stop) {
        while (!stop.getAsBoolean()) {
            visit();
            LockSupport.parkNanos(THINK_NS / 2 + random.nextLong(THINK_NS));
        }
        leave();
    }

    /** Ends the connection that was kept. */
    void leave() {
        RespConnection connection = kept;
        kept = null;
        if (connection != null) {
            connection.close();
        }
    }

    /** Where it is now. Any thread. */
    Spell spell() {
        return spell;
    }

    /** A round of requests: served in full, or every request of it that was not counts as failed. */
    void visit() {
        int fresh = random.nextInt(KEYS);
        int old = random.nextInt(KEYS);
        int other = (fresh + 1 + random.nextInt(KEYS - 1)) % KEYS;
        converse(List.of(List.of(new Request.Write(fresh), new Request.Read(old), new Request.Count()),
                List.of(new Request.Read(fresh), new Request.Write(other), new Request.Read(other))));
    }

    /** Reads every key once more; without a load beside it. */
    void verify() {
        List<List<Request>> rounds = new ArrayList<>();
        for (int first = 0; first < KEYS; first += VERIFIED_AT_ONCE) {
            List<Request> round = new ArrayList<>();
            for (int key = first; key < Math.min(first + VERIFIED_AT_ONCE, KEYS); key++) {
                round.add(new Request.Read(key));
            }
            rounds.add(round);
        }
        rounds.add(List.of(new Request.Count()));
        converse(rounds);
    }

    private void converse(List<List<Request>> rounds) {
        int unanswered = rounds.stream().mapToInt(List::size).sum();
        boolean wasOpen = kept != null;
        try {
            if (kept == null) {
                kept = RespConnection.open(daemon, TIMEOUT_MS);
                spell = new Spell(spell.connection() + 1, spell.answers());
                wasOpen = true;
            }
            RespConnection connection = kept;
            for (List<Request> round : rounds) {
                connection.send(round.stream().map(this::words).toList());
                for (Request request : round) {
                    Reply reply = connection.read();
                    unanswered--;
                    judge(request, reply);
                }
            }
            if (!keepsConnection) {
                leave();
            }
        } catch (IOException e) {
            leave();
            if (wasOpen) {
                tally.wasReset();
            }
            if (unanswered > 0) {
                tally.unanswered(unanswered, !(e instanceof SocketTimeoutException),
                        e.getMessage() == null ? e.toString() : e.getMessage());
            }
        }
    }

    private List<String> words(Request request) {
        return switch (request) {
            case Request.Write(int key) -> List.of("SET", ledger.name(key), ledger.next(key));
            case Request.Read(int key) -> List.of("GET", ledger.name(key));
            case Request.Count _ -> {
                ledger.counting();
                yield List.of("INCR", ledger.counterName());
            }
        };
    }

    private void judge(Request request, Reply reply) {
        tally.answered();
        switch (reply) {
            case Reply.Refusal(String message) -> tally.refused(describe(request) + ": error reply '" + message + "'");
            case Reply.Text(String text) -> {
                if (request instanceof Request.Read(int key)) {
                    good(ledger.read(key, Optional.of(text)));
                } else if (request instanceof Request.Write(int key) && text.equals("OK")) {
                    ledger.wrote(key);
                    tally.acknowledgedWrite();
                    good(Optional.empty());
                } else {
                    unfit(request, reply);
                }
            }
            case Reply.Nil _ -> {
                if (request instanceof Request.Read(int key)) {
                    good(ledger.read(key, Optional.empty()));
                } else {
                    unfit(request, reply);
                }
            }
            case Reply.Whole(long value) -> {
                if (request instanceof Request.Count) {
                    tally.acknowledgedWrite();
                    good(ledger.counted(value));
                } else {
                    unfit(request, reply);
                }
            }
        }
    }

    private void good(Optional<String> wrong) {
        wrong.ifPresent(tally::lostWrite);
        long nowNs = System.nanoTime();
        if (served) {
            pauses.gap(lastGoodNs, nowNs);
        }
        lastGoodNs = nowNs;
        served = true;
        spell = new Spell(spell.connection(), spell.answers() + 1);
    }

    private void unfit(Request request, Reply reply) {
        tally.refused(describe(request) + ": a reply that does not fit, " + reply);
    }

    private String describe(Request request) {
        return switch (request) {
            case Request.Write(int key) -> "SET " + ledger.name(key);
            case Request.Read(int key) -> "GET " + ledger.name(key);
            case Request.Count _ -> "INCR " + ledger.counterName();
        };
    }
}
