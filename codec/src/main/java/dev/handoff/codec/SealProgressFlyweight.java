package dev.handoff.codec;

/** A reusable {@link Message.SealProgress}; see {@link FrameFlyweight}. */
public final class SealProgressFlyweight extends FrameFlyweight {

    private long shardsSealed;
    private long shardsTotal;
    private long lastRevision;

    public SealProgressFlyweight() {
        super(MessageKind.SEAL_PROGRESS);
    }

    /** 0..2^32-1. */
    public long shardsSealed() {
        return shardsSealed;
    }

    /** 0..2^32-1. */
    public long shardsTotal() {
        return shardsTotal;
    }

    /** Unsigned. */
    public long lastRevision() {
        return lastRevision;
    }

    /** Both counts in 0..2^32-1, the revision unsigned. */
    public SealProgressFlyweight set(long newShardsSealed, long newShardsTotal, long newLastRevision) {
        shardsSealed = FieldRange.requireU32(newShardsSealed, "shardsSealed");
        shardsTotal = FieldRange.requireU32(newShardsTotal, "shardsTotal");
        lastRevision = newLastRevision;
        return this;
    }

    /** Takes the fields of a value. */
    public void set(Message.SealProgress message) {
        set(message.shardsSealed(), message.shardsTotal(), message.lastRevision());
    }

    @Override
    public Message.SealProgress toMessage() {
        return new Message.SealProgress(shardsSealed, shardsTotal, lastRevision);
    }

    @Override
    void readFields(PostcardReader from) {
        shardsSealed = from.readU32();
        shardsTotal = from.readU32();
        lastRevision = from.readU64();
    }

    @Override
    void writeFields(PostcardWriter to) {
        to.writeVarint(shardsSealed);
        to.writeVarint(shardsTotal);
        to.writeVarint(lastRevision);
    }
}
