package dev.handoff.participant;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.handoff.codec.HandoffId;

/**
 * The bytes between an incumbent and its successor that carry connections; little-endian. A message is a header, written in one
 * piece with the descriptors beside it, and what it announces.
 *
 * <pre>
 *  0       4       8       12      16
 *  +-------+-------+-------+-------+----------------+
 *  | kind  | count | length| room  | length bytes   |
 *  +-------+-------+-------+-------+----------------+
 *
 *  OPEN         O → N  count: version, 1   the handoff's id, 16 bytes in network order
 *  ROOM         N → O  count: how many descriptors of the last CONNECTIONS arrived, 0 at first; room: how many more may come
 *  CONNECTIONS  O → N  count descriptors   for each: | u16 length | listener's name, UTF-8 | u32 length | state |
 *  END          O → N  count: how many were sent and arrived
 *  RELEASE      O → N
 * </pre>
 */
final class TransferLayout {

    static final int VERSION = 1;
    static final int HEADER_BYTES = 16;

    /** "hc" above, so that a stranger's bytes are no kind. */
    static final int OPEN = 0x6863_0001;
    static final int ROOM = 0x6863_0002;
    static final int CONNECTIONS = 0x6863_0003;
    static final int END = 0x6863_0004;
    static final int RELEASE = 0x6863_0005;

    private TransferLayout() {}

    /** A message's header; {@code length} bytes follow it. */
    record Header(int kind, int count, int length, int room) {

        byte[] bytes() {
            return ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(kind).putInt(count)
                    .putInt(length).putInt(room).array();
        }

        static Header of(byte[] bytes) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            return new Header(buffer.getInt(), buffer.getInt(), buffer.getInt(), buffer.getInt());
        }
    }

    static byte[] encoded(HandoffId id) {
        return ByteBuffer.allocate(HandoffId.BYTES).putLong(id.mostSignificantBits()).putLong(id.leastSignificantBits())
                .array();
    }

    /** How many bytes a connection takes beside its descriptor. */
    static int length(CarriedConnection connection) {
        return Short.BYTES + connection.listener().getBytes(StandardCharsets.UTF_8).length + Integer.BYTES
                + connection.state().remaining();
    }

    static byte[] encoded(List<CarriedConnection> connections) {
        ByteBuffer bytes = ByteBuffer.allocate(connections.stream().mapToInt(TransferLayout::length).sum())
                .order(ByteOrder.LITTLE_ENDIAN);
        for (CarriedConnection connection : connections) {
            byte[] name = connection.listener().getBytes(StandardCharsets.UTF_8);
            bytes.putShort((short) name.length).put(name);
            bytes.putInt(connection.state().remaining()).put(connection.state());
        }
        return bytes.array();
    }

    /** The connections of {@code bytes} with the first {@code count} of {@code fds}; empty where the bytes are no such list. */
    static Optional<List<CarriedConnection>> decoded(byte[] bytes, int[] fds, int count) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        List<CarriedConnection> connections = new ArrayList<>(count);
        try {
            for (int i = 0; i < count; i++) {
                byte[] name = new byte[Short.toUnsignedInt(buffer.getShort())];
                buffer.get(name);
                int length = buffer.getInt();
                if (length < 0 || length > buffer.remaining()) {
                    return Optional.empty();
                }
                byte[] state = new byte[length];
                buffer.get(state);
                connections.add(new CarriedConnection(new String(name, StandardCharsets.UTF_8), fds[i], state));
            }
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return Optional.empty();
        }
        return Optional.of(connections);
    }
}
