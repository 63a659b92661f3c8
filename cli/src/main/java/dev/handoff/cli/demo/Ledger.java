package dev.handoff.cli.demo;

import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What one client has written, and what it therefore has to read: a value tells its client, its key and its number, so that a
 * lost, a stale and a foreign one are told apart. The client's thread.
 *
 * <p>
 * Invariant: a key reads as the write acknowledged last, or as a later one that was sent and never answered.
 */
final class Ledger {

    private final int client;
    private final Key[] keys;
    private long countAcknowledged;
    private long countUnanswered;

    /** One key's past. Numbers count the writes to it, from 1. */
    private static final class Key {
        private long sent;
        private long acknowledged;
        /** Sent after {@link #acknowledged} and never answered: each of them may be in force, or none. */
        private final SortedSet<Long> unanswered = new TreeSet<>();
    }

    Ledger(int client, int keyCount) {
        this.client = client;
        keys = new Key[keyCount];
        for (int i = 0; i < keyCount; i++) {
            keys[i] = new Key();
        }
    }

    int keyCount() {
        return keys.length;
    }

    /** The name of key {@code index} in the store. */
    String name(int index) {
        return "demo:" + client + ":" + index;
    }

    String counterName() {
        return "demo:" + client + ":count";
    }

    /** The value of the next write to a key; until {@link #wrote} it counts as sent and unanswered. */
    String next(int index) {
        Key key = keys[index];
        key.sent++;
        key.unanswered.add(key.sent);
        return value(index, key.sent);
    }

    /** The write sent last to this key was acknowledged. */
    void wrote(int index) {
        Key key = keys[index];
        key.acknowledged = key.sent;
        key.unanswered.clear();
    }

    /** Judges what the key read as (empty: as absent); empty if it is right. A wrong value is the truth from then on, so that it counts once. */
    Optional<String> read(int index, Optional<String> value) {
        Key key = keys[index];
        long number = value.map(text -> number(index, text)).orElse(0L);
        if (number == key.acknowledged) {
            return Optional.empty();
        }
        if (key.unanswered.contains(number)) {
            key.acknowledged = number;
            key.unanswered.headSet(number + 1).clear();
            return Optional.empty();
        }
        String wrong = name(index) + " reads " + value.map(text -> "'" + text + "'").orElse("as absent") + ", but "
                + (key.acknowledged == 0
                        ? "nothing was ever written there"
                        : "'" + value(index, key.acknowledged) + "' was acknowledged");
        key.acknowledged = Math.max(0, number);
        key.unanswered.clear();
        return Optional.of(wrong);
    }

    /** One more increment of the counter is sent; until {@link #counted} it may be in force or not. */
    void counting() {
        countUnanswered++;
    }

    /** Judges the counter's value after an increment: none may be missing, none applied twice. */
    Optional<String> counted(long value) {
        long least = countAcknowledged + 1;
        long most = countAcknowledged + countUnanswered;
        countAcknowledged = value;
        countUnanswered = 0;
        return value >= least && value <= most
                ? Optional.empty()
                : Optional.of(counterName() + " is " + value + " after increment "
                        + (least == most ? Long.toString(least) : least + " to " + most));
    }

    private String value(int index, long number) {
        return client + ":" + index + ":" + number;
    }

    /** The number in a value of this key, or -1 for a value that was never written to it. */
    private long number(int index, String value) {
        String prefix = client + ":" + index + ":";
        if (!value.startsWith(prefix)) {
            return -1;
        }
        try {
            long number = Long.parseLong(value.substring(prefix.length()));
            return number >= 1 && number <= keys[index].sent ? number : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
