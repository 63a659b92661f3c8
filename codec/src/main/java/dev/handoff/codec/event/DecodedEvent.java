package dev.handoff.codec.event;

/** What {@link EventCodec#decode} made of a journal payload. Nothing else can come of any bytes. */
public sealed interface DecodedEvent {

    /** An event, whole. */
    record Intact(Event event) implements DecodedEvent {}

    /**
     * The bytes are no event of this kind.
     *
     * @param reason for people
     * @param offset where, in bytes from the payload's start: the first field that cannot be, or the payload's end
     */
    record Malformed(String reason, int offset) implements DecodedEvent {}
}
