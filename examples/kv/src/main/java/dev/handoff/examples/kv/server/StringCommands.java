package dev.handoff.examples.kv.server;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import dev.handoff.examples.kv.store.Entry;
import dev.handoff.examples.kv.store.Key;
import dev.handoff.examples.kv.store.Shard;
import io.netty.handler.codec.redis.RedisMessage;

/** Commands on values. */
final class StringCommands {
    private StringCommands() {}

    static void addTo(Commands commands) {
        commands.add("get", 2, "readonly fast", 1, 1, 1, call -> call.read(1, StringCommands::valueOf));
        commands.add("set", -3, "write denyoom", 1, 1, 1, StringCommands::set);
        commands.add("setnx", 3, "write denyoom fast", 1, 1, 1, call -> call.write(1, (shard, key, entry) -> {
            if (entry != null) {
                return Reply.integer(0);
            }
            shard.put(key, call.bytes(2), 0);
            return Reply.integer(1);
        }));
        commands.add("setex", 4, "write denyoom", 1, 1, 1, call -> setWithExpiry(call, 1000));
        commands.add("psetex", 4, "write denyoom", 1, 1, 1, call -> setWithExpiry(call, 1));
        commands.add("getset", 3, "write denyoom fast", 1, 1, 1, call -> call.write(1, (shard, key, entry) -> {
            RedisMessage old = valueOf(entry);
            shard.put(key, call.bytes(2), 0);
            return old;
        }));
        commands.add("getdel", 2, "write fast", 1, 1, 1, call -> call.write(1, (shard, key, entry) -> {
            RedisMessage old = valueOf(entry);
            shard.delete(key, call.nowMs());
            return old;
        }));
        commands.add("mget", -2, "readonly fast", 1, -1, 1, StringCommands::mget);
        commands.add("mset", -3, "write denyoom", 1, -1, 2, StringCommands::mset);
        commands.add("incr", 2, "write denyoom fast", 1, 1, 1, call -> add(call, 1));
        commands.add("decr", 2, "write denyoom fast", 1, 1, 1, call -> add(call, -1));
        commands.add("incrby", 3, "write denyoom fast", 1, 1, 1, call -> add(call, call.integer(2)));
        commands.add("decrby", 3, "write denyoom fast", 1, 1, 1, call -> {
            long by = call.integer(2);
            if (by == Long.MIN_VALUE) {
                throw new CommandException("ERR decrement would overflow");
            }
            return add(call, -by);
        });
        commands.add("append", 3, "write denyoom fast", 1, 1, 1, StringCommands::append);
        commands.add("strlen", 2, "readonly fast", 1, 1, 1,
                call -> call.read(1, entry -> Reply.integer(entry == null ? 0 : entry.value().length)));
    }

    private static RedisMessage valueOf(Entry entry) {
        return entry == null ? Reply.NIL : Reply.bulk(entry.value());
    }

    private enum Condition {
        NONE,
        IF_ABSENT,
        IF_PRESENT
    }

    private static Reply set(Call call) {
        Condition condition = Condition.NONE;
        boolean keepExpiry = false;
        boolean get = false;
        String unit = "";
        int unitAt = 0;
        for (int i = 3; i < call.size(); i++) {
            String option = call.word(i);
            switch (option) {
                case "NX" -> condition = exclusive(condition, Condition.IF_ABSENT);
                case "XX" -> condition = exclusive(condition, Condition.IF_PRESENT);
                case "GET" -> get = true;
                case "KEEPTTL" -> keepExpiry = true;
                case "EX", "PX", "EXAT", "PXAT" -> {
                    if ((!unit.isEmpty() && !unit.equals(option)) || i + 1 == call.size()) {
                        throw new CommandException(CommandException.SYNTAX);
                    }
                    unit = option;
                    unitAt = ++i;
                }
                default -> throw new CommandException(CommandException.SYNTAX);
            }
        }
        if (keepExpiry && !unit.isEmpty()) {
            throw new CommandException(CommandException.SYNTAX);
        }
        long expiresAtMs = unit.isEmpty()
                ? 0
                : Expiry.parse(call, unitAt, Expiry.unitMs(unit), Expiry.absolute(unit), "set", false);
        boolean wantsOld = get;
        boolean keeps = keepExpiry;
        Condition when = condition;
        return call.write(1, (shard, key, entry) -> {
            RedisMessage old = valueOf(entry);
            if ((when == Condition.IF_ABSENT && entry != null) || (when == Condition.IF_PRESENT && entry == null)) {
                return wantsOld ? old : Reply.NIL;
            }
            put(call, shard, key, call.bytes(2), keeps && entry != null ? entry.expiresAtMs() : expiresAtMs);
            return wantsOld ? old : Reply.OK;
        });
    }

    private static Condition exclusive(Condition before, Condition now) {
        if (before != Condition.NONE && before != now) {
            throw new CommandException(CommandException.SYNTAX);
        }
        return now;
    }

    /** A value whose time has come already is not stored. */
    private static void put(Call call, Shard shard, Key key, byte[] value, long expiresAtMs) {
        if (expiresAtMs != 0 && expiresAtMs <= call.nowMs()) {
            shard.delete(key, call.nowMs());
        } else {
            shard.put(key, value, expiresAtMs);
        }
    }

    private static Reply setWithExpiry(Call call, int unitMs) {
        String name = unitMs == 1 ? "psetex" : "setex";
        long expiresAtMs = Expiry.parse(call, 2, unitMs, false, name, false);
        return call.write(1, (shard, key, _) -> {
            put(call, shard, key, call.bytes(3), expiresAtMs);
            return Reply.OK;
        });
    }

    private static Reply mget(Call call) {
        return call.onKeys(call.from(1), keys -> {
            List<RedisMessage> values = new ArrayList<>(keys.size());
            for (Key key : keys) {
                values.add(valueOf(key.shard().find(key, call.nowMs())));
            }
            return Reply.array(values);
        });
    }

    private static Reply mset(Call call) {
        if (call.size() % 2 == 0) {
            throw new CommandException("ERR wrong number of arguments for 'mset' command");
        }
        List<byte[]> names = new ArrayList<>();
        for (int i = 1; i < call.size(); i += 2) {
            names.add(call.bytes(i));
        }
        return call.onKeys(names, keys -> {
            // All or none: a shard that cannot be written to must show before the first write.
            keys.forEach(key -> key.shard().ensureWritable());
            for (int i = 0; i < keys.size(); i++) {
                keys.get(i).shard().put(keys.get(i), call.bytes(2 + 2 * i), 0);
            }
            return Reply.OK;
        });
    }

    private static Reply add(Call call, long by) {
        return call.write(1, (shard, key, entry) -> {
            long old = entry == null
                    ? 0
                    : Decimal.read(entry.value())
                            .orElseThrow(() -> new CommandException(CommandException.NOT_AN_INTEGER));
            long sum = old + by;
            if (((old ^ sum) & (by ^ sum)) < 0) {
                throw new CommandException("ERR increment or decrement would overflow");
            }
            shard.put(key, Decimal.write(sum), entry == null ? 0 : entry.expiresAtMs());
            return Reply.integer(sum);
        });
    }

    private static Reply append(Call call) {
        byte[] more = call.bytes(2);
        return call.write(1, (shard, key, entry) -> {
            if (entry == null) {
                shard.put(key, more, 0);
                return Reply.integer(more.length);
            }
            byte[] old = entry.value();
            long length = (long) old.length + more.length;
            if (length > call.connection().maxBulkLength()) {
                throw new CommandException("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
            }
            if (more.length > 0) {
                byte[] joined = Arrays.copyOf(old, (int) length);
                System.arraycopy(more, 0, joined, old.length, more.length);
                shard.put(key, joined, entry.expiresAtMs());
            }
            return Reply.integer(length);
        });
    }
}
