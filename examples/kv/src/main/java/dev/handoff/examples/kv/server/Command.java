package dev.handoff.examples.kv.server;

import java.util.List;

import io.netty.handler.codec.redis.RedisMessage;

/**
 * A row of the command table. The figures are those of Redis's own table: clients route by them.
 *
 * @param name     in lower case
 * @param arity    number of arguments with the name; negative: at least so many
 * @param flags    as COMMAND shows them
 * @param firstKey place of the first key, 0 if there is none
 * @param lastKey  place of the last key, negative from the end
 * @param step     from one key to the next
 * @param action   what it does
 */
record Command(String name, int arity, List<String> flags, int firstKey, int lastKey, int step, Action action) {
    @FunctionalInterface
    interface Action {
        Reply execute(Call call);
    }

    boolean accepts(int arguments) {
        return arity < 0 ? arguments >= -arity : arguments == arity;
    }

    RedisMessage described() {
        return Reply.array(List.of(Reply.bulk(name), Reply.integer(arity),
                Reply.array(flags.stream().map(Reply::simple).toList()), Reply.integer(firstKey),
                Reply.integer(lastKey),
                Reply.integer(step), Reply.array(List.of()), Reply.array(List.of()), Reply.array(List.of()),
                Reply.array(List.of())));
    }
}
