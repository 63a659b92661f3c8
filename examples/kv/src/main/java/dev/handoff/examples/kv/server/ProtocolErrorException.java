package dev.handoff.examples.kv.server;

import java.io.Serial;

/** The client does not speak the protocol: its connection ends after this error. */
final class ProtocolErrorException extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    /** The message is what Redis says, without its "Protocol error: ". */
    ProtocolErrorException(String message) {
        super(message, null, false, false);
    }
}
