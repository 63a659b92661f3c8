package dev.handoff.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;

import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The edges: 1 MiB, buffers that are too small, strings that are no Unicode. */
class FrameLimitsTest {

    private static final HandoffId ID = HandoffId.parse("123e4567-e89b-42d3-a456-426614174000");

    // Version 2, discriminant 1, id 17, and a string's length of 3 bytes: what an Abort spends besides its reason.
    private static final int ABORT_OVERHEAD = 2 + 1 + 17 + 3;
    private static final int LONGEST_REASON = FrameLayout.MAX_LENGTH - ABORT_OVERHEAD;

    private final FrameEncoder encoder = new FrameEncoder();
    private final FrameDecoder decoder = new FrameDecoder();

    @Test
    void writesAndReadsAFrameOfExactlyOneMebibyte() {
        Message abort = new Message.Abort(ID, "x".repeat(LONGEST_REASON));
        byte[] frame = encoder.encode(abort);

        assertEquals(FrameLayout.MAX_FRAME_BYTES, frame.length);
        assertEquals(new Decoded.Frame(1, abort, frame.length),
                decoder.decode(new UnsafeBuffer(frame), 0, frame.length));
    }

    @Test
    void refusesToWriteAFrameOverOneMebibyte() {
        Message abort = new Message.Abort(ID, "x".repeat(LONGEST_REASON + 1));

        assertThrows(IllegalArgumentException.class, () -> encoder.encode(abort));
        assertThrows(IllegalArgumentException.class, () -> encoder.encode(abort, new ExpandableArrayBuffer(), 3));
        assertEquals(9, encoder.encode(new Message.Heartbeat(300)).length, "the encoder is usable afterwards");
    }

    @Test
    void refusesToWriteMoreShardsThanOneMebibyteHolds() {
        SealCompleteFlyweight flyweight = new SealCompleteFlyweight();
        flyweight.lastRevisions(Collections.nCopies(200_000, -1L).stream().mapToLong(Long::longValue).toArray(),
                200_000);

        assertThrows(IllegalArgumentException.class, () -> flyweight.encode(new ExpandableArrayBuffer(), 0));
    }

    @Test
    void saysSoWhenTheBufferIsTooSmallAndWritesNothingBehindIt() {
        byte[] exact = encoder.encode(new Message.Begin(ID));
        for (int room = 0; room < exact.length; room++) {
            UnsafeBuffer small = new UnsafeBuffer(new byte[room]);
            assertThrows(IndexOutOfBoundsException.class, () -> encoder.encode(new Message.Begin(ID), small, 0));
        }
        assertEquals(exact.length, encoder.encode(new Message.Begin(ID), new UnsafeBuffer(new byte[exact.length]), 0));
    }

    @Test
    void readsAndWritesMemoryOutsideTheHeap() {
        UnsafeBuffer direct = new UnsafeBuffer(ByteBuffer.allocateDirect(512));
        Message ready = new Message.Ready(ID, List.of("resp-127.0.0.1:6390", "ü"), true, ShardRevisions.of(1, -1));

        int length = encoder.encode(ready, direct, 5);

        assertEquals(new Decoded.Frame(1, ready, length), decoder.decode(direct, 5, length));
    }

    @Test
    void anUnpairedSurrogateBecomesAQuestionMark() {
        byte[] frame = encoder.encode(new Message.Abort(ID, "cut \uD83D"));
        Decoded.Frame decoded = assertInstanceOf(Decoded.Frame.class,
                decoder.decode(new UnsafeBuffer(frame), 0, frame.length));

        assertEquals(new Message.Abort(ID, "cut ?"), decoded.message());
    }

    @Test
    void refusesAHeaderVersionThatIsNoU16() {
        assertThrows(IllegalArgumentException.class, () -> encoder.encode(new Message.Heartbeat(0), 0x1_0000));
        assertThrows(IllegalArgumentException.class, () -> encoder.encode(new Message.Heartbeat(0), -1));
    }

    /** The offset of a refusal leads a person to the field in question. */
    @ParameterizedTest
    @CsvSource({
        "0000000001000d00, FrameMalformed, 0",
        "01001000, FrameTooLarge, 0",
        "0500000001000d, Io, 7",
        "'', Io, 0",
        "0400000001000e00, Codec, 6",
        "050000000100030002, Codec, 8",
        "0500000001000d8080, Codec, 7",
        "09000000010000020100010100, Codec, 7",
        "1700000001000b1011111111111111111111111111111111056162, Codec, 24"})
    void pointsAtTheFieldThatCannotBeRead(String hex, String kind, int offset) {
        byte[] stream = HexFormat.of().parseHex(hex);
        Decoded.Malformed malformed = assertInstanceOf(Decoded.Malformed.class,
                decoder.decodeAtEndOfStream(new UnsafeBuffer(stream), 0, stream.length));

        assertEquals(kind, malformed.kind().toString());
        assertEquals(offset, malformed.offset(), malformed.reason());
    }

    @ParameterizedTest
    @CsvSource({
        "0500000001000dac02, 13",
        "0500000001000d, 13", // the frame need not be there whole
        "0500000001008d0007, 13", // a varint longer than needed
        "0800000001008d8080800007, 13",
        "0800000001008d8080801007, -1", // beyond u32
        "0400000001000e00, -1",
        "0500000001008d, -1", // its second byte has not come
        "050000000100, -1",
        "020000000100, -1",
        "0200000001000d, -1", // that byte belongs to the next frame
        "0100000001000d, -1",
        "ffffffff01000d, -1"})
    void peeksTheKindWithoutTheRest(String hex, int kind) {
        byte[] stream = HexFormat.of().parseHex(hex);

        assertEquals(kind, FrameDecoder.peekKind(new UnsafeBuffer(stream), 0, stream.length));
    }

    @Test
    void aSideIsReadByItsDiscriminantAndNothingElse() {
        assertTrue(decodeHex("09000000010000000100010100") instanceof Decoded.Frame);
        assertTrue(decodeHex("09000000010000010100010100") instanceof Decoded.Frame);
        assertTrue(decodeHex("09000000010000020100010100") instanceof Decoded.Malformed);
    }

    private Decoded decodeHex(String hex) {
        byte[] stream = HexFormat.of().parseHex(hex);
        return decoder.decodeAtEndOfStream(new UnsafeBuffer(stream), 0, stream.length);
    }
}
