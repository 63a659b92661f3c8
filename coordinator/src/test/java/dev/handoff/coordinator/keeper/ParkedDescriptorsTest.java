package dev.handoff.coordinator.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import dev.handoff.posix.Descriptors;
import org.junit.jupiter.api.Test;

class ParkedDescriptorsTest {

    @Test
    void theNewestOfANameStays() {
        ParkedDescriptors parked = new ParkedDescriptors(4);
        int first = Descriptors.duplicate(0, 3);
        int second = Descriptors.duplicate(0, 3);
        assertTrue(parked.store("a", first));
        assertTrue(parked.store("a", second));
        assertFalse(Descriptors.isOpen(first));
        assertEquals(List.of(second), parked.descriptors());
        parked.remove("a");
        parked.remove("a");
        assertFalse(Descriptors.isOpen(second));
        assertEquals(0, parked.size());
    }

    @Test
    void takesNoMoreThanItsLimit() {
        ParkedDescriptors parked = new ParkedDescriptors(1);
        assertTrue(parked.store("a", Descriptors.duplicate(0, 3)));
        int refused = Descriptors.duplicate(0, 3);
        assertFalse(parked.store("b", refused));
        assertTrue(Descriptors.isOpen(refused), "it stays the caller's");
        assertTrue(parked.store("a", refused));
        parked.remove("a");
    }

    @Test
    void takesNoMoreNamesThanOneVariableHolds() {
        ParkedDescriptors parked = new ParkedDescriptors(Integer.MAX_VALUE);
        int stored = 0;
        while (parked.store("n".repeat(250) + stored, 1_000_000 + stored)) {
            stored++;
        }
        assertTrue(parked.names().length() > ParkedDescriptors.MAX_NAMES_LENGTH - 300, "it stopped too early");
        assertTrue(("LISTEN_FDNAMES=" + parked.names()).length() < 128 * 1024, "more than the kernel passes on");
        parked.remove("n".repeat(250) + 7);
        assertTrue(parked.store("n".repeat(250) + "x", 1), "a place was freed");
    }

    @Test
    void namesAndDescriptorsGoTogether() {
        ParkedDescriptors parked = new ParkedDescriptors(9);
        assertTrue(parked.store("listener.kv.main", 1_000_001));
        assertTrue(parked.store("incumbent.kv.1", 1_000_002));
        assertTrue(parked.store("successor.kv.2", 1_000_003));
        parked.remove("incumbent.kv.1");
        assertTrue(parked.store("incumbent.kv.3", 1_000_004));
        assertEquals("listener.kv.main:successor.kv.2:incumbent.kv.3", parked.names());
        assertEquals(List.of(1_000_001, 1_000_003, 1_000_004), parked.descriptors());
        assertEquals(List.of("successor.kv.2", "incumbent.kv.3"), parked.letSessionsGo());
        assertEquals("listener.kv.main", parked.names());
    }
}
