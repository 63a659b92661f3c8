package dev.handoff.participant;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * An established connection on its way from one generation to the next: its descriptor, and what the kernel does not know of
 * it. Immutable; any thread.
 *
 * <p>
 * Where the incumbent makes it, the descriptor stays the incumbent's, and a duplicate travels. Where a successor gets it, the
 * descriptor is the successor's, close-on-exec, to close. All duplicates share one open file description: O_NONBLOCK and every
 * socket option are as the incumbent left them, and a shutdown(2) by either reaches both.
 */
public final class CarriedConnection {

    /** The longest name of a listener, in bytes of UTF-8. */
    public static final int LONGEST_NAME_BYTES = 0xFFFF;
    /** The longest state, in bytes: it is held in memory as a whole, on both sides. */
    public static final int LONGEST_STATE_BYTES = 256 << 20;

    private final String listener;
    private final int fd;
    private final byte[] state;

    /**
     * @param listener the name of the listener that it was accepted from, for the successor to know what it is
     * @param fd       its descriptor
     * @param state    what the daemon wants to know of it: input read and not yet answered, settings, output not yet written;
     *                 copied, at most {@value #LONGEST_STATE_BYTES} bytes
     */
    public CarriedConnection(String listener, int fd, ByteBuffer state) {
        this(listener, fd, copied(state));
    }

    /** Keeps {@code state}, which nobody may change from now on. */
    CarriedConnection(String listener, int fd, byte[] state) {
        Objects.requireNonNull(listener, "listener");
        // A char is at most three bytes of UTF-8.
        if (listener.length() > LONGEST_NAME_BYTES / 3) {
            throw new IllegalArgumentException("the listener's name has " + listener.length() + " chars, at most "
                    + LONGEST_NAME_BYTES / 3 + " fit");
        }
        if (fd < 0) {
            throw new IllegalArgumentException("a descriptor is 0 or more, not " + fd);
        }
        if (state.length > LONGEST_STATE_BYTES) {
            throw new IllegalArgumentException("the state has " + state.length + " bytes, at most "
                    + LONGEST_STATE_BYTES + " are carried");
        }
        this.listener = listener;
        this.fd = fd;
        this.state = state;
    }

    private static byte[] copied(ByteBuffer state) {
        byte[] copy = new byte[state.remaining()];
        state.duplicate().get(copy);
        return copy;
    }

    /** The name of the listener that it was accepted from. */
    public String listener() {
        return listener;
    }

    /** The descriptor. */
    public int fd() {
        return fd;
    }

    /** What the incumbent knew of it: a read-only view of its own. */
    public ByteBuffer state() {
        return ByteBuffer.wrap(state).asReadOnlyBuffer();
    }

    @Override
    public String toString() {
        return "a connection of " + listener + ", descriptor " + fd + ", " + state.length + " bytes of state";
    }
}
