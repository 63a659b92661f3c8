package dev.handoff.examples.kv.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

import dev.handoff.examples.kv.store.Entry;
import dev.handoff.examples.kv.store.Key;
import dev.handoff.examples.kv.store.KvStore;
import dev.handoff.examples.kv.store.Shard;
import io.netty.handler.codec.redis.RedisMessage;

/** One request being executed: its arguments, and the ways to the store. On the connection's event loop. */
final class Call {
    private final Connection connection;
    private final KvStore store;
    private final List<byte[]> arguments;
    private final long nowMs;

    Call(Connection connection, KvStore store, List<byte[]> arguments, long nowMs) {
        this.connection = connection;
        this.store = store;
        this.arguments = arguments;
        this.nowMs = nowMs;
    }

    Connection connection() {
        return connection;
    }

    KvStore store() {
        return store;
    }

    /** Unix milliseconds; the same throughout the command. */
    long nowMs() {
        return nowMs;
    }

    /** Number of arguments, the command's name included. */
    int size() {
        return arguments.size();
    }

    byte[] bytes(int index) {
        return arguments.get(index);
    }

    List<byte[]> from(int index) {
        return arguments.subList(index, arguments.size());
    }

    /** For names, options and messages. */
    String text(int index) {
        return new String(arguments.get(index), StandardCharsets.UTF_8);
    }

    /** An option or subcommand, in capitals. */
    String word(int index) {
        return text(index).toUpperCase(Locale.ROOT);
    }

    long integer(int index) {
        return Decimal.read(arguments.get(index))
                .orElseThrow(() -> new CommandException(CommandException.NOT_AN_INTEGER));
    }

    /** What a command does with its one key; holds the shard's lock. */
    @FunctionalInterface
    interface OnKey {
        /** {@code entry} is null if the key does not exist. */
        RedisMessage apply(Shard shard, Key key, Entry entry);
    }

    /** A command on one key that writes nothing: the reply waits only for what it shows. */
    Reply read(int keyIndex, Function<Entry, RedisMessage> command) {
        Key key = store.key(bytes(keyIndex));
        Shard shard = key.shard();
        shard.lock().lock();
        try {
            Entry entry = shard.find(key, nowMs);
            return new Reply(command.apply(entry), settled(shard, entry));
        } finally {
            shard.lock().unlock();
        }
    }

    /** A command on one key that may write: the reply waits for the write, or else for what it shows. */
    Reply write(int keyIndex, OnKey command) {
        Key key = store.key(bytes(keyIndex));
        Shard shard = key.shard();
        shard.lock().lock();
        try {
            Entry entry = shard.find(key, nowMs);
            long before = shard.revision();
            CompletableFuture<Void> shown = settled(shard, entry);
            RedisMessage message = command.apply(shard, key, entry);
            return new Reply(message, shard.revision() == before ? shown : shard.settled(shard.revision()));
        } finally {
            shard.lock().unlock();
        }
    }

    /**
     * A command on several keys, atomic for everyone in this process. (Across a crash each shard is atomic by itself: an
     * MSET that was never acknowledged may be there in part.)
     */
    Reply onKeys(List<byte[]> names, Function<List<Key>, RedisMessage> command) {
        List<Key> keys = new ArrayList<>(names.size());
        TreeMap<Integer, Shard> involved = new TreeMap<>();
        for (byte[] name : names) {
            Key key = store.key(name);
            keys.add(key);
            involved.put(key.shard().index(), key.shard());
        }
        return locked(List.copyOf(involved.values()), () -> command.apply(keys));
    }

    /** A command on every shard at once. */
    Reply onAll(Supplier<RedisMessage> command) {
        return locked(store.shards(), command);
    }

    private static Reply locked(List<Shard> shards, Supplier<RedisMessage> command) {
        for (Shard shard : shards) {
            shard.lock().lock();
        }
        try {
            RedisMessage message = command.get();
            return new Reply(message, allSettled(shards));
        } finally {
            for (Shard shard : shards) {
                shard.lock().unlock();
            }
        }
    }

    /** A command that visits shards one after the other and may show any of their keys. */
    Reply visiting(List<Shard> shards, BiFunction<Shard, List<RedisMessage>, Boolean> visit,
            Function<List<RedisMessage>, RedisMessage> result) {
        List<RedisMessage> found = new ArrayList<>();
        List<CompletableFuture<Void>> waiting = new ArrayList<>();
        for (Shard shard : shards) {
            shard.lock().lock();
            try {
                boolean more = visit.apply(shard, found);
                addIfOpen(waiting, shard.settled(shard.revision()));
                if (!more) {
                    break;
                }
            } finally {
                shard.lock().unlock();
            }
        }
        return new Reply(result.apply(found), all(waiting));
    }

    private static CompletableFuture<Void> settled(Shard shard, Entry entry) {
        return entry == null ? shard.settledAbsence() : shard.settled(entry.revision());
    }

    private static CompletableFuture<Void> allSettled(List<Shard> shards) {
        List<CompletableFuture<Void>> waiting = new ArrayList<>();
        for (Shard shard : shards) {
            addIfOpen(waiting, shard.settled(shard.revision()));
        }
        return all(waiting);
    }

    private static void addIfOpen(List<CompletableFuture<Void>> waiting, CompletableFuture<Void> settled) {
        if (!settled.isDone() || settled.isCompletedExceptionally()) {
            waiting.add(settled);
        }
    }

    private static CompletableFuture<Void> all(List<CompletableFuture<Void>> waiting) {
        return switch (waiting.size()) {
            case 0 -> Reply.NOW;
            case 1 -> waiting.getFirst();
            default -> CompletableFuture.allOf(waiting.toArray(CompletableFuture[]::new));
        };
    }
}
