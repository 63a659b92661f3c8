package dev.handoff.examples.kv.server;

import java.util.List;
import java.util.function.ToLongFunction;

import dev.handoff.examples.kv.store.Entry;
import dev.handoff.examples.kv.store.Shard;
import io.netty.handler.codec.redis.RedisMessage;

/** Commands on keys, whatever their values. */
final class KeyCommands {
    private static final int DEFAULT_SCAN_COUNT = 10;
    /** A scan gives up the shard's lock after so many buckets for each key it was asked for. */
    private static final int SCAN_BUCKETS_PER_KEY = 10;
    /** A scan cursor: the shard in the low bits, the place in its table above. StoreConfig.MAX_SHARDS fits. */
    private static final int SCAN_SHARD_BITS = 10;

    private KeyCommands() {}

    static void addTo(Commands commands) {
        commands.add("del", -2, "write", 1, -1, 1, KeyCommands::delete);
        commands.add("unlink", -2, "write fast", 1, -1, 1, KeyCommands::delete);
        commands.add("exists", -2, "readonly fast", 1, -1, 1, KeyCommands::exists);
        commands.add("touch", -2, "readonly fast", 1, -1, 1, KeyCommands::exists);
        commands.add("type", 2, "readonly fast", 1, 1, 1,
                call -> call.read(1, entry -> Reply.simple(entry == null ? "none" : "string")));
        commands.add("expire", -3, "write fast", 1, 1, 1, call -> expire(call, 1000, false, "expire"));
        commands.add("pexpire", -3, "write fast", 1, 1, 1, call -> expire(call, 1, false, "pexpire"));
        commands.add("expireat", -3, "write fast", 1, 1, 1, call -> expire(call, 1000, true, "expireat"));
        commands.add("pexpireat", -3, "write fast", 1, 1, 1, call -> expire(call, 1, true, "pexpireat"));
        commands.add("ttl", 2, "readonly fast", 1, 1, 1,
                call -> time(call, entry -> (entry.expiresAtMs() - call.nowMs() + 500) / 1000));
        commands.add("pttl", 2, "readonly fast", 1, 1, 1,
                call -> time(call, entry -> entry.expiresAtMs() - call.nowMs()));
        commands.add("expiretime", 2, "readonly fast", 1, 1, 1,
                call -> time(call, entry -> (entry.expiresAtMs() + 500) / 1000));
        commands.add("pexpiretime", 2, "readonly fast", 1, 1, 1, call -> time(call, Entry::expiresAtMs));
        commands.add("persist", 2, "write fast", 1, 1, 1, call -> call.write(1, (shard, key, entry) -> {
            if (entry == null || entry.expiresAtMs() == 0) {
                return Reply.integer(0);
            }
            shard.put(key, entry.value(), 0);
            return Reply.integer(1);
        }));
        commands.add("keys", 2, "readonly", 0, 0, 0, KeyCommands::keys);
        commands.add("scan", -2, "readonly", 0, 0, 0, KeyCommands::scan);
        commands.add("dbsize", 1, "readonly fast", 0, 0, 0, call -> call
                .onAll(() -> Reply.integer(call.store().shards().stream().mapToLong(Shard::size).sum())));
        commands.add("flushall", -1, "write", 0, 0, 0, KeyCommands::clear);
        commands.add("flushdb", -1, "write", 0, 0, 0, KeyCommands::clear);
    }

    private static Reply delete(Call call) {
        return call.onKeys(call.from(1), keys -> {
            keys.forEach(key -> key.shard().ensureWritable());
            return Reply.integer(keys.stream().filter(key -> key.shard().delete(key, call.nowMs())).count());
        });
    }

    private static Reply exists(Call call) {
        return call.onKeys(call.from(1),
                keys -> Reply
                        .integer(keys.stream().filter(key -> key.shard().find(key, call.nowMs()) != null).count()));
    }

    private static Reply time(Call call, ToLongFunction<Entry> of) {
        return call.read(1, entry -> {
            if (entry == null) {
                return Reply.integer(-2);
            }
            return Reply.integer(entry.expiresAtMs() == 0 ? -1 : of.applyAsLong(entry));
        });
    }

    private static Reply expire(Call call, int unitMs, boolean absolute, String name) {
        boolean ifNone = false;
        boolean ifSome = false;
        boolean ifGreater = false;
        boolean ifLess = false;
        for (int i = 3; i < call.size(); i++) {
            switch (call.word(i)) {
                case "NX" -> ifNone = true;
                case "XX" -> ifSome = true;
                case "GT" -> ifGreater = true;
                case "LT" -> ifLess = true;
                default -> throw new CommandException("ERR Unsupported option " + call.text(i));
            }
        }
        if (ifNone && (ifSome || ifGreater || ifLess)) {
            throw new CommandException("ERR NX and XX, GT or LT options at the same time are not compatible");
        }
        if (ifGreater && ifLess) {
            throw new CommandException("ERR GT and LT options at the same time are not compatible");
        }
        long atMs = Expiry.parse(call, 2, unitMs, absolute, name, true);
        boolean onlyIfNone = ifNone;
        boolean onlyIfSome = ifSome;
        boolean onlyIfGreater = ifGreater;
        boolean onlyIfLess = ifLess;
        return call.write(1, (shard, key, entry) -> {
            if (entry == null) {
                return Reply.integer(0);
            }
            // No expiry counts as one that never comes.
            long old = entry.expiresAtMs() == 0 ? Long.MAX_VALUE : entry.expiresAtMs();
            if ((onlyIfNone && entry.expiresAtMs() != 0) || (onlyIfSome && entry.expiresAtMs() == 0)
                    || (onlyIfGreater && atMs <= old) || (onlyIfLess && atMs >= old)) {
                return Reply.integer(0);
            }
            if (atMs <= call.nowMs()) {
                shard.delete(key, call.nowMs());
            } else {
                shard.put(key, entry.value(), atMs);
            }
            return Reply.integer(1);
        });
    }

    private static Reply keys(Call call) {
        Glob pattern = new Glob(call.bytes(1));
        return call.visiting(call.store().shards(), (shard, found) -> {
            shard.forEach(entry -> addIfMatching(call, pattern, entry, found));
            return true;
        }, Reply::array);
    }

    private static void addIfMatching(Call call, Glob pattern, Entry entry, List<RedisMessage> found) {
        boolean live = entry.expiresAtMs() == 0 || entry.expiresAtMs() > call.nowMs();
        if (live && pattern.matches(entry.key())) {
            found.add(Reply.bulk(entry.key()));
        }
    }

    private static Reply scan(Call call) {
        long cursor = cursor(call);
        long count = DEFAULT_SCAN_COUNT;
        Glob pattern = new Glob(new byte[]{'*'});
        boolean strings = true;
        for (int i = 2; i < call.size(); i += 2) {
            if (i + 1 == call.size()) {
                throw new CommandException(CommandException.SYNTAX);
            }
            switch (call.word(i)) {
                case "COUNT" -> {
                    count = call.integer(i + 1);
                    if (count < 1) {
                        throw new CommandException(CommandException.SYNTAX);
                    }
                }
                case "MATCH" -> pattern = new Glob(call.bytes(i + 1));
                case "TYPE" -> strings = call.text(i + 1).equalsIgnoreCase("string");
                default -> throw new CommandException(CommandException.SYNTAX);
            }
        }
        List<Shard> shards = call.store().shards();
        int index = (int) (cursor & (1 << SCAN_SHARD_BITS) - 1);
        if (index >= shards.size()) {
            return Reply.of(Reply.array(List.of(Reply.bulk("0"), Reply.array(List.of()))));
        }
        Glob matching = pattern;
        boolean any = strings;
        long enough = Math.min(count, Integer.MAX_VALUE);
        long[] at = {cursor >>> SCAN_SHARD_BITS, index};
        return call.visiting(shards.subList(index, shards.size()), (shard, found) -> {
            long buckets = enough * SCAN_BUCKETS_PER_KEY;
            do {
                at[0] = shard.scan(at[0], entry -> {
                    if (any) {
                        addIfMatching(call, matching, entry, found);
                    }
                });
            } while (at[0] != 0 && found.size() < enough && --buckets > 0);
            if (at[0] != 0) {
                return false;
            }
            at[1]++;
            return found.size() < enough;
        }, found -> {
            long next = at[1] == shards.size() ? 0 : at[0] << SCAN_SHARD_BITS | at[1];
            return Reply.array(List.of(Reply.bulk(Long.toUnsignedString(next)), Reply.array(found)));
        });
    }

    private static long cursor(Call call) {
        try {
            return Long.parseUnsignedLong(call.text(1));
        } catch (NumberFormatException e) {
            throw new CommandException("ERR invalid cursor");
        }
    }

    private static Reply clear(Call call) {
        if (call.size() > 2 || (call.size() == 2 && !call.word(1).equals("ASYNC") && !call.word(1).equals("SYNC"))) {
            throw new CommandException(CommandException.SYNTAX);
        }
        return call.onAll(() -> {
            call.store().shards().forEach(Shard::ensureWritable);
            call.store().shards().forEach(Shard::clear);
            return Reply.OK;
        });
    }
}
