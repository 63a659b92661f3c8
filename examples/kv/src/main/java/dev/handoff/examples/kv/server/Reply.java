package dev.handoff.examples.kv.server;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.ErrorRedisMessage;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.IntegerRedisMessage;
import io.netty.handler.codec.redis.RedisMessage;
import io.netty.handler.codec.redis.SimpleStringRedisMessage;

/**
 * What a command answers, and when the answer may leave.
 *
 * @param message the answer
 * @param settled completes when every write the answer shows or implies is on disk; exceptionally if that may never be
 */
record Reply(RedisMessage message, CompletableFuture<Void> settled) {
    static final CompletableFuture<Void> NOW = CompletableFuture.completedFuture(null);
    static final RedisMessage OK = new SimpleStringRedisMessage("OK");
    static final RedisMessage NIL = FullBulkStringRedisMessage.NULL_INSTANCE;

    static Reply of(RedisMessage message) {
        return new Reply(message, NOW);
    }

    static Reply ok() {
        return of(OK);
    }

    static Reply error(String text) {
        return of(failure(text));
    }

    /** Line ends in the text, which may quote the client, become spaces. */
    static RedisMessage failure(String text) {
        return new ErrorRedisMessage(text.replace('\r', ' ').replace('\n', ' '));
    }

    static RedisMessage integer(long value) {
        return new IntegerRedisMessage(value);
    }

    static RedisMessage simple(String text) {
        return new SimpleStringRedisMessage(text);
    }

    /** The array is sent later, not copied: it must never be changed. */
    static RedisMessage bulk(byte[] value) {
        return value.length == 0
                ? FullBulkStringRedisMessage.EMPTY_INSTANCE
                : new FullBulkStringRedisMessage(Unpooled.wrappedBuffer(value));
    }

    static RedisMessage bulk(String value) {
        return bulk(value.getBytes(StandardCharsets.UTF_8));
    }

    static RedisMessage array(List<RedisMessage> elements) {
        return elements.isEmpty() ? ArrayRedisMessage.EMPTY_INSTANCE : new ArrayRedisMessage(elements);
    }
}
