package dev.handoff.coordinator.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.handoff.coordinator.core.LastHeard;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * How far each session's socket was read, and the parts of a frame that was not whole yet. {@link Recovery} collects it from the
 * journal; whoever takes a socket over asks {@link #resume} whether its reading can go on. One thread.
 *
 * <p>
 * A crash between an append and the consumption after it leaves bytes queued that the journal has. A whole frame is then read
 * again, and recognised. Of a frame that came in parts the rest would be taken for the beginning of a next one, so such a
 * session ends (protocol page, <i>Large frames</i>).
 */
public final class Streams {

    private static final byte[] NOTHING = {};

    /** By the service's number. */
    private final Int2ObjectHashMap<List<Stream>> streams = new Int2ObjectHashMap<>();
    private Stream newest;
    private int newestEpoch;

    private static final class Stream {
        private final long session;
        private long position;
        /** Null before there is a part. */
        private ExpandableArrayBuffer partial;
        private int partialLength;
        /** What may still be queued although the journal has it. */
        private byte[] unsure = NOTHING;

        Stream(long session) {
            this.session = session;
        }

        ExpandableArrayBuffer partial() {
            if (partial == null) {
                partial = new ExpandableArrayBuffer(0);
            }
            return partial;
        }
    }

    private Stream of(int service, long session) {
        List<Stream> ofService = streams.get(service);
        if (ofService == null) {
            ofService = new ArrayList<>();
            streams.put(service, ofService);
        }
        // A handful, of which the newest speak.
        for (int i = ofService.size() - 1; i >= 0; i--) {
            if (ofService.get(i).session == session) {
                return ofService.get(i);
            }
        }
        Stream stream = new Stream(session);
        ofService.add(stream);
        return stream;
    }

    /** Forgets a service's sessions but these: numbers are never given out again, so nobody will go on reading the others. */
    void keep(int service, List<Named.NamedSession> open) {
        List<Stream> ofService = streams.get(service);
        if (ofService != null) {
            ofService.removeIf(stream -> open.stream().noneMatch(session -> session.number() == stream.session));
        }
    }

    /** A record of this start of a coordinator: it goes on, so what it appended before it has consumed. */
    void recordOf(int epoch) {
        if (newest != null && epoch == newestEpoch) {
            newest.unsure = NOTHING;
        }
        newest = null;
    }

    /** A part of a frame was taken. */
    void part(int epoch, int service, long session, long streamOffset, byte[] bytes) {
        Stream stream = of(service, session);
        stream.partial().putBytes(stream.partialLength, bytes);
        stream.partialLength += bytes.length;
        appended(stream, epoch, streamOffset + bytes.length, bytes);
    }

    /**
     * A whole frame was taken.
     *
     * @param before
     *            how many of its bytes had been taken as parts
     */
    void whole(int epoch, int service, long session, long streamOffset, DirectBuffer frame, int offset, int length,
            int before) {
        byte[] rest = NOTHING;
        if (before > 0) {
            rest = new byte[length - before];
            frame.getBytes(offset + before, rest);
        }
        Stream stream = of(service, session);
        stream.partialLength = 0;
        appended(stream, epoch, streamOffset + length, rest);
    }

    private void appended(Stream stream, int epoch, long position, byte[] unsure) {
        stream.position = position;
        stream.unsure = unsure;
        newest = stream;
        newestEpoch = epoch;
    }

    /**
     * Goes on reading a session whose socket was handed back: puts it where the reading had come to.
     *
     * @return empty, or why it cannot be gone on with
     */
    public Optional<String> resume(Session session, LastHeard heard, Wire wire) {
        Stream stream = of(session.service(), session.number());
        long partial = heard.partial(session.service(), session.side(), session.number());
        if (partial != stream.partialLength) {
            return Optional.of("the parts of a frame are not all in the records since the last snapshot");
        }
        if (stream.unsure.length > 0 && isQueued(stream.unsure, session, wire)) {
            return Optional.of("whether a part of a frame was taken cannot be told");
        }
        session.goOnAt(stream.position, stream.partial(), stream.partialLength);
        return Optional.empty();
    }

    private static boolean isQueued(byte[] bytes, Session session, Wire wire) {
        if (wire.peek(session) < bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            if (wire.peeked().getByte(i) != bytes[i]) {
                return false;
            }
        }
        return true;
    }
}
