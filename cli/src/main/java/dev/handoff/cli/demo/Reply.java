package dev.handoff.cli.demo;

/** What a server answers to one request (RESP2, without arrays, which the demo does not ask for). */
sealed interface Reply {

    /** A simple or a bulk string. */
    record Text(String text) implements Reply {}

    /** An integer reply. */
    record Whole(long value) implements Reply {}

    /** The null bulk string: there is no such key. */
    record Nil() implements Reply {}

    /** An error reply. */
    record Refusal(String message) implements Reply {}
}
