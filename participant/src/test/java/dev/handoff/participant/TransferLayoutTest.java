package dev.handoff.participant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

/** The bytes that a generation of one version writes for the next one to read. */
class TransferLayoutTest {

    private static final List<CarriedConnection> TWO = List.of(
            new CarriedConnection("é", 5, ByteBuffer.wrap(new byte[]{1, 2, 3})),
            new CarriedConnection("", 6, ByteBuffer.allocate(0)));

    @Test
    void bytesStayAsTheyAre() {
        assertEquals("0300636802000000100000000b000000", HexFormat.of().formatHex(
                new TransferLayout.Header(TransferLayout.CONNECTIONS, 2, 16, 11).bytes()));
        assertEquals("0200c3a903000000010203" + "000000000000",
                HexFormat.of().formatHex(TransferLayout.encoded(TWO)));
    }

    @Test
    void readsWhatItWrote() {
        List<CarriedConnection> read = TransferLayout.decoded(TransferLayout.encoded(TWO), new int[]{8, 9, 10}, 2)
                .orElseThrow();
        assertEquals(List.of("é", ""), read.stream().map(CarriedConnection::listener).toList());
        assertEquals(List.of(8, 9), read.stream().map(CarriedConnection::fd).toList());
        assertEquals(TWO.stream().map(CarriedConnection::state).toList(),
                read.stream().map(CarriedConnection::state).toList());
    }

    @Test
    void damagedBytesAreEitherAListOrNone() {
        Random random = new Random(42);
        byte[] sound = TransferLayout.encoded(TWO);
        int none = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = Arrays.copyOf(sound, random.nextInt(sound.length + 1));
            for (int flips = random.nextInt(4); flips > 0 && damaged.length > 0; flips--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            none += TransferLayout.decoded(damaged, new int[]{8, 9}, 2).isEmpty() ? 1 : 0;
        }
        assertEquals(true, none > 10_000 && none < 20_000, () -> "some of each: not so");
    }

    @Test
    void refusesAStateThatIsTooLong() {
        ByteBuffer state = ByteBuffer.allocate(CarriedConnection.LONGEST_STATE_BYTES + 1);
        assertThrows(IllegalArgumentException.class, () -> new CarriedConnection("main", 5, state));
    }
}
