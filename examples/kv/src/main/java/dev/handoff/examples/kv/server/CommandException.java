package dev.handoff.examples.kv.server;

import java.io.Serial;

/** Ends a command with an error reply; nothing has been changed. */
final class CommandException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    static final String NOT_AN_INTEGER = "ERR value is not an integer or out of range";
    static final String SYNTAX = "ERR syntax error";

    /** The message is the whole error, with its code. */
    CommandException(String message) {
        super(message, null, false, false);
    }
}
