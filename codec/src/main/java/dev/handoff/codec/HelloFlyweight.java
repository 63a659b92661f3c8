package dev.handoff.codec;

import java.util.Arrays;

/** A reusable {@link Message.Hello}; see {@link FrameFlyweight}. */
public final class HelloFlyweight extends FrameFlyweight {

    // A SHA-256 in hex, the longest build id in common use; longer ones make the array grow.
    private static final int INITIAL_BUILD_ID_BYTES = 64;

    private Side role = Side.INCUMBENT;
    private long pid;
    private byte[] buildId = new byte[INITIAL_BUILD_ID_BYTES];
    private int buildIdLength;
    private int protoMin = Message.PROTOCOL_VERSION;
    private int protoMax = Message.PROTOCOL_VERSION;
    private long capabilities;

    public HelloFlyweight() {
        super(MessageKind.HELLO);
    }

    public Side role() {
        return role;
    }

    public HelloFlyweight role(Side newRole) {
        role = newRole;
        return this;
    }

    /** 0..2^32-1. */
    public long pid() {
        return pid;
    }

    public HelloFlyweight pid(long newPid) {
        pid = FieldRange.requireU32(newPid, "pid");
        return this;
    }

    /** Bytes of the build id. */
    public int buildIdLength() {
        return buildIdLength;
    }

    public byte buildIdByteAt(int index) {
        if (index >= buildIdLength) {
            throw new IndexOutOfBoundsException("the build id has " + buildIdLength + " bytes, not " + (index + 1));
        }
        return buildId[index];
    }

    /** Copies the first {@code length} bytes of {@code bytes}. */
    public HelloFlyweight buildId(byte[] bytes, int length) {
        makeRoomForBuildId(length);
        System.arraycopy(bytes, 0, buildId, 0, length);
        return this;
    }

    /** The lowest version the sender speaks, 0..65535. */
    public int protoMin() {
        return protoMin;
    }

    /** The highest version the sender speaks, 0..65535. */
    public int protoMax() {
        return protoMax;
    }

    /** Both in 0..65535. */
    public HelloFlyweight protoRange(int newProtoMin, int newProtoMax) {
        protoMin = FieldRange.requireU16(newProtoMin, "protoMin");
        protoMax = FieldRange.requireU16(newProtoMax, "protoMax");
        return this;
    }

    /** The bits of {@link Capabilities#reserved()}. */
    public long capabilities() {
        return capabilities;
    }

    public HelloFlyweight capabilities(long newCapabilities) {
        capabilities = newCapabilities;
        return this;
    }

    /** Takes the fields of a value. */
    public void set(Message.Hello message) {
        role = message.role();
        pid = message.pid();
        BuildId id = message.buildId();
        makeRoomForBuildId(id.length());
        id.copyTo(buildId);
        protoMin = message.protoMin();
        protoMax = message.protoMax();
        capabilities = message.capabilities().reserved();
    }

    @Override
    public Message.Hello toMessage() {
        return new Message.Hello(role, pid, BuildId.of(Arrays.copyOf(buildId, buildIdLength)), protoMin, protoMax,
                new Capabilities(capabilities));
    }

    @Override
    void readFields(PostcardReader from) {
        role = from.readSide();
        pid = from.readU32();
        makeRoomForBuildId(from.readLength());
        from.readBytes(buildId, buildIdLength);
        protoMin = from.readU16();
        protoMax = from.readU16();
        capabilities = from.readU64();
    }

    @Override
    void writeFields(PostcardWriter to) {
        to.writeSide(role);
        to.writeVarint(pid);
        to.writeVarint(buildIdLength);
        to.writeBytes(buildId, buildIdLength);
        to.writeVarint(protoMin);
        to.writeVarint(protoMax);
        to.writeVarint(capabilities);
    }

    private void makeRoomForBuildId(int length) {
        if (length > buildId.length) {
            buildId = new byte[length];
        }
        buildIdLength = length;
    }
}
