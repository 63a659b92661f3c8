package dev.handoff.bench;

import java.io.IOException;
import java.nio.ByteOrder;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import dev.handoff.codec.MessageKind;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The three messages in formats that one would otherwise use. Each is set up in its own favour: reused objects, no field names, no
 * builders. Protobuf's fields are written and read by its runtime as the code that protoc makes does it, and SBE's lie where its
 * generator would lay them, but both by hand, so that the build needs neither tool.
 */
public enum OtherCodec {
    CBOR,
    PROTOBUF,
    SBE;

    /** Encodes into and decodes from a buffer of its own. */
    interface Coder {
        /** Gives the length in bytes. */
        int encode(MessageKind kind, FieldValues from) throws IOException;

        /** Reads what was encoded last. */
        void decode(MessageKind kind, FieldValues into) throws IOException;
    }

    private static final int BUFFER_BYTES = 1024;

    Coder coder() {
        return switch (this) {
            case CBOR -> new Cbor();
            case PROTOBUF -> new Protobuf();
            case SBE -> new Sbe();
        };
    }

    /** Jackson's streaming side, each message an array of its fields. */
    private static final class Cbor implements Coder {
        private final CBORFactory factory = new CBORFactory();
        private final byte[] bytes = new byte[BUFFER_BYTES];
        private int length;

        /** A stream into {@link #bytes}: the library's own would copy once more. */
        private final class Into extends java.io.OutputStream {
            @Override
            public void write(int value) {
                bytes[length++] = (byte) value;
            }

            @Override
            public void write(byte[] from, int offset, int count) {
                System.arraycopy(from, offset, bytes, length, count);
                length += count;
            }
        }

        @Override
        public int encode(MessageKind kind, FieldValues v) throws IOException {
            length = 0;
            try (CBORGenerator out = factory.createGenerator(new Into())) {
                switch (kind) {
                    case HEARTBEAT -> out.writeNumber(v.tsMs);
                    case HELLO -> {
                        out.writeStartArray(null, 6);
                        out.writeNumber(v.role);
                        out.writeNumber(v.pid);
                        out.writeBinary(v.buildId, 0, v.buildIdLength);
                        out.writeNumber(v.protoMin);
                        out.writeNumber(v.protoMax);
                        out.writeNumber(v.reserved);
                        out.writeEndArray();
                    }
                    default -> {
                        out.writeStartArray(null, 3 + v.shards);
                        out.writeNumber(v.idMsb);
                        out.writeNumber(v.idLsb);
                        for (int i = 0; i < v.shards; i++) {
                            out.writeNumber(v.revisions[i]);
                        }
                        out.writeBinary(v.fingerprint, 0, v.fingerprint.length);
                        out.writeEndArray();
                    }
                }
            }
            return length;
        }

        @Override
        public void decode(MessageKind kind, FieldValues v) throws IOException {
            try (CBORParser in = factory.createParser(bytes, 0, length)) {
                JsonToken _ = in.nextToken();
                switch (kind) {
                    case HEARTBEAT -> v.tsMs = in.getLongValue();
                    case HELLO -> {
                        v.role = in.nextIntValue(0);
                        v.pid = in.nextLongValue(0);
                        JsonToken _ = in.nextToken();
                        byte[] id = in.getBinaryValue();
                        v.buildIdLength = id.length;
                        System.arraycopy(id, 0, v.buildId, 0, id.length);
                        v.protoMin = in.nextIntValue(0);
                        v.protoMax = in.nextIntValue(0);
                        v.reserved = in.nextLongValue(0);
                    }
                    default -> {
                        v.idMsb = in.nextLongValue(0);
                        v.idLsb = in.nextLongValue(0);
                        v.shards = 0;
                        while (in.nextToken() == JsonToken.VALUE_NUMBER_INT) {
                            v.revisions[v.shards++] = in.getLongValue();
                        }
                        System.arraycopy(in.getBinaryValue(), 0, v.fingerprint, 0, v.fingerprint.length);
                    }
                }
            }
        }
    }

    /** Fields 1, 2, 3 …, the revisions packed. */
    private static final class Protobuf implements Coder {
        private final byte[] bytes = new byte[BUFFER_BYTES];
        private int length;

        @Override
        public int encode(MessageKind kind, FieldValues v) throws IOException {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            switch (kind) {
                case HEARTBEAT -> out.writeUInt64(1, v.tsMs);
                case HELLO -> {
                    out.writeEnum(1, v.role);
                    out.writeUInt32(2, (int) v.pid);
                    out.writeTag(3, WireFormat.WIRETYPE_LENGTH_DELIMITED);
                    out.writeUInt32NoTag(v.buildIdLength);
                    out.writeRawBytes(v.buildId, 0, v.buildIdLength);
                    out.writeUInt32(4, v.protoMin);
                    out.writeUInt32(5, v.protoMax);
                    out.writeUInt64(6, v.reserved);
                }
                default -> {
                    out.writeFixed64(1, v.idMsb);
                    out.writeFixed64(2, v.idLsb);
                    int size = 0;
                    for (int i = 0; i < v.shards; i++) {
                        size += CodedOutputStream.computeUInt64SizeNoTag(v.revisions[i]);
                    }
                    out.writeTag(3, WireFormat.WIRETYPE_LENGTH_DELIMITED);
                    out.writeUInt32NoTag(size);
                    for (int i = 0; i < v.shards; i++) {
                        out.writeUInt64NoTag(v.revisions[i]);
                    }
                    out.writeTag(4, WireFormat.WIRETYPE_LENGTH_DELIMITED);
                    out.writeUInt32NoTag(v.fingerprint.length);
                    out.writeRawBytes(v.fingerprint);
                }
            }
            length = out.getTotalBytesWritten();
            return length;
        }

        @Override
        public void decode(MessageKind kind, FieldValues v) throws IOException {
            CodedInputStream in = CodedInputStream.newInstance(bytes, 0, length);
            boolean hello = kind == MessageKind.HELLO;
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                switch (WireFormat.getTagFieldNumber(tag)) {
                    case 1 -> {
                        if (kind == MessageKind.HEARTBEAT) {
                            v.tsMs = in.readUInt64();
                        } else if (hello) {
                            v.role = in.readEnum();
                        } else {
                            v.idMsb = in.readFixed64();
                        }
                    }
                    case 2 -> {
                        if (hello) {
                            v.pid = Integer.toUnsignedLong(in.readUInt32());
                        } else {
                            v.idLsb = in.readFixed64();
                        }
                    }
                    case 3 -> {
                        if (hello) {
                            byte[] id = in.readByteArray();
                            v.buildIdLength = id.length;
                            System.arraycopy(id, 0, v.buildId, 0, id.length);
                        } else {
                            int limit = in.pushLimit(in.readRawVarint32());
                            v.shards = 0;
                            while (in.getBytesUntilLimit() > 0) {
                                v.revisions[v.shards++] = in.readUInt64();
                            }
                            in.popLimit(limit);
                        }
                    }
                    case 4 -> {
                        if (hello) {
                            v.protoMin = in.readUInt32();
                        } else {
                            System.arraycopy(in.readByteArray(), 0, v.fingerprint, 0, v.fingerprint.length);
                        }
                    }
                    case 5 -> v.protoMax = in.readUInt32();
                    default -> v.reserved = in.readUInt64();
                }
            }
        }
    }

    /** A message header of 8 bytes, fixed fields, then a group and variable data. */
    private static final class Sbe implements Coder {
        private static final int BODY = 8;
        private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[BUFFER_BYTES]);

        private void header(int blockLength, int template) {
            buffer.putShort(0, (short) blockLength, ByteOrder.LITTLE_ENDIAN);
            buffer.putShort(2, (short) template, ByteOrder.LITTLE_ENDIAN);
            buffer.putShort(4, (short) 1, ByteOrder.LITTLE_ENDIAN);
            buffer.putShort(6, (short) 0, ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public int encode(MessageKind kind, FieldValues v) {
            return switch (kind) {
                case HEARTBEAT -> {
                    header(8, 13);
                    buffer.putLong(BODY, v.tsMs, ByteOrder.LITTLE_ENDIAN);
                    yield BODY + 8;
                }
                case HELLO -> {
                    header(17, 0);
                    buffer.putByte(BODY, (byte) v.role);
                    buffer.putInt(BODY + 1, (int) v.pid, ByteOrder.LITTLE_ENDIAN);
                    buffer.putShort(BODY + 5, (short) v.protoMin, ByteOrder.LITTLE_ENDIAN);
                    buffer.putShort(BODY + 7, (short) v.protoMax, ByteOrder.LITTLE_ENDIAN);
                    buffer.putLong(BODY + 9, v.reserved, ByteOrder.LITTLE_ENDIAN);
                    buffer.putInt(BODY + 17, v.buildIdLength, ByteOrder.LITTLE_ENDIAN);
                    buffer.putBytes(BODY + 21, v.buildId, 0, v.buildIdLength);
                    yield BODY + 21 + v.buildIdLength;
                }
                default -> {
                    header(48, 6);
                    buffer.putLong(BODY, v.idMsb, ByteOrder.LITTLE_ENDIAN);
                    buffer.putLong(BODY + 8, v.idLsb, ByteOrder.LITTLE_ENDIAN);
                    buffer.putBytes(BODY + 16, v.fingerprint, 0, 32);
                    buffer.putShort(BODY + 48, (short) 8, ByteOrder.LITTLE_ENDIAN);
                    buffer.putShort(BODY + 50, (short) v.shards, ByteOrder.LITTLE_ENDIAN);
                    for (int i = 0; i < v.shards; i++) {
                        buffer.putLong(BODY + 52 + 8 * i, v.revisions[i], ByteOrder.LITTLE_ENDIAN);
                    }
                    yield BODY + 52 + 8 * v.shards;
                }
            };
        }

        @Override
        public void decode(MessageKind kind, FieldValues v) {
            switch (kind) {
                case HEARTBEAT -> v.tsMs = buffer.getLong(BODY, ByteOrder.LITTLE_ENDIAN);
                case HELLO -> {
                    v.role = buffer.getByte(BODY);
                    v.pid = Integer.toUnsignedLong(buffer.getInt(BODY + 1, ByteOrder.LITTLE_ENDIAN));
                    v.protoMin = Short.toUnsignedInt(buffer.getShort(BODY + 5, ByteOrder.LITTLE_ENDIAN));
                    v.protoMax = Short.toUnsignedInt(buffer.getShort(BODY + 7, ByteOrder.LITTLE_ENDIAN));
                    v.reserved = buffer.getLong(BODY + 9, ByteOrder.LITTLE_ENDIAN);
                    v.buildIdLength = buffer.getInt(BODY + 17, ByteOrder.LITTLE_ENDIAN);
                    buffer.getBytes(BODY + 21, v.buildId, 0, v.buildIdLength);
                }
                default -> {
                    v.idMsb = buffer.getLong(BODY, ByteOrder.LITTLE_ENDIAN);
                    v.idLsb = buffer.getLong(BODY + 8, ByteOrder.LITTLE_ENDIAN);
                    buffer.getBytes(BODY + 16, v.fingerprint, 0, 32);
                    v.shards = buffer.getShort(BODY + 50, ByteOrder.LITTLE_ENDIAN);
                    for (int i = 0; i < v.shards; i++) {
                        v.revisions[i] = buffer.getLong(BODY + 52 + 8 * i, ByteOrder.LITTLE_ENDIAN);
                    }
                }
            }
        }
    }
}
