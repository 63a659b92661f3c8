package dev.handoff.coordinator.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;

import dev.handoff.codec.Side;
import dev.handoff.coordinator.core.LastHeard;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class StreamsTest {

    private static final int EPOCH = 1;
    private static final UnsafeBuffer FRAME = new UnsafeBuffer(new byte[40]);

    private final Streams streams = new Streams();

    private void read(int service, long session, long streamOffset) {
        streams.recordOf(EPOCH);
        streams.whole(EPOCH, service, session, streamOffset, FRAME, 0, FRAME.capacity(), 0);
    }

    /** How far the session's socket had been read. */
    private long position(int service, long number) {
        Session session = new Session(service, number, Side.INCUMBENT, Session.NO_DESCRIPTOR);
        assertEquals(Optional.empty(), streams.resume(session, new LastHeard(), null));
        return session.streamOffset();
    }

    @Test
    void eachSessionOfEachServiceHasItsOwnPosition() {
        read(1, 7, 0);
        read(2, 7, 1000);
        read(1, 8, 100);
        read(1, 7, 40);
        assertEquals(80, position(1, 7));
        assertEquals(140, position(1, 8));
        assertEquals(1040, position(2, 7));
        assertEquals(0, position(2, 8), "never heard of");
    }

    @Test
    void forgetsWhatAServiceHasClosed() {
        read(1, 7, 0);
        read(1, 8, 100);
        read(2, 7, 1000);
        streams.keep(1, List.of(new Named.NamedSession(8, Side.INCUMBENT)));
        streams.keep(3, List.of());
        assertEquals(0, position(1, 7));
        assertEquals(140, position(1, 8));
        assertEquals(1040, position(2, 7));
    }
}
