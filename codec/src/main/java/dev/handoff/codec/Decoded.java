package dev.handoff.codec;

/** What {@link FrameDecoder} made of the bytes at the start of a stream. Nothing else can come of any bytes. */
public sealed interface Decoded {

    /**
     * A message.
     *
     * @param protoVersion the version in the frame's header, 0..65535; the decoder accepts any, the session judges it
     * @param consumed     the frame's bytes, its header and bytes after the message included
     */
    record Frame(int protoVersion, Message message, int consumed) implements Decoded {}

    /**
     * The stream, which is still live, has not brought the whole frame yet; ask again when it has brought more.
     *
     * @param needed bytes that must be there, counted from the frame's start: the length field's 4, or the frame's
     */
    record Incomplete(int needed) implements Decoded {}

    /**
     * The bytes are no frame of this protocol; the session ends.
     *
     * @param reason for people
     * @param offset where, in bytes from the frame's start: the length field (0), the first field that cannot be read, or
     *               the end of the stream
     */
    record Malformed(Kind kind, String reason, int offset) implements Decoded {}

    /** The four classes of refusal, the same as the Rust reader's. */
    enum Kind {
        /** The length is too short to hold a version. */
        FRAME_MALFORMED("FrameMalformed"),
        /** The length is beyond 1 MiB. */
        FRAME_TOO_LARGE("FrameTooLarge"),
        /** The payload is no message. */
        CODEC("Codec"),
        /** The stream ended inside the frame, or before it. */
        IO("Io");

        private final String wireName;

        Kind(String wireName) {
            this.wireName = wireName;
        }

        /** The name as the vectors, the journal dump and the command line write it. */
        public String wireName() {
            return wireName;
        }

        @Override
        public String toString() {
            return wireName;
        }
    }
}
