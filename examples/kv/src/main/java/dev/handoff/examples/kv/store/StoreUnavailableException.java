package dev.handoff.examples.kv.store;

import java.io.Serial;

/** The shard can take no writes now (or, after a failed write, no reads either); the message says why. */
public final class StoreUnavailableException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    StoreUnavailableException(String message) {
        super(message);
    }
}
