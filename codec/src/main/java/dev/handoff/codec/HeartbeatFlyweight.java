package dev.handoff.codec;

/** A reusable {@link Message.Heartbeat}; see {@link FrameFlyweight}. */
public final class HeartbeatFlyweight extends FrameFlyweight {

    private long tsMs;

    public HeartbeatFlyweight() {
        super(MessageKind.HEARTBEAT);
    }

    /** The sender's clock in Unix milliseconds, unsigned. */
    public long tsMs() {
        return tsMs;
    }

    public HeartbeatFlyweight tsMs(long newTsMs) {
        tsMs = newTsMs;
        return this;
    }

    /** Takes the fields of a value. */
    public void set(Message.Heartbeat message) {
        tsMs = message.tsMs();
    }

    @Override
    public Message.Heartbeat toMessage() {
        return new Message.Heartbeat(tsMs);
    }

    @Override
    void readFields(PostcardReader from) {
        tsMs = from.readU64();
    }

    @Override
    void writeFields(PostcardWriter to) {
        to.writeVarint(tsMs);
    }
}
