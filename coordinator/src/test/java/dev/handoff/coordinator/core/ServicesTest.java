package dev.handoff.coordinator.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;

class ServicesTest {

    private final RandomStates states = new RandomStates(5);

    /** As a sorted map would be, in whatever order they come, with and without gaps between their numbers. */
    @Test
    void isASortedMapThatNobodyChanges() {
        SplittableRandom random = new SplittableRandom(5);
        for (int gap : new int[]{1, 3}) {
            TreeMap<Integer, Service> expected = new TreeMap<>();
            Services services = Services.NONE;
            for (int i = 0; i < 400; i++) {
                Services before = services;
                List<Service> valuesBefore = List.copyOf(before.values());
                Service service = states.service(1 + gap * random.nextInt(100));
                expected.put(service.number(), service);
                services = services.with(service);

                assertEquals(List.copyOf(expected.values()), services.values());
                assertEquals(expected.size(), services.size());
                assertEquals(valuesBefore, before.values());
                for (int number = -1; number < 2 + gap * 100; number++) {
                    assertEquals(expected.get(number), services.get(number));
                }
            }
        }
    }

    @Test
    void isComparedByContentInWhateverOrderItCame() {
        List<Service> some = new ArrayList<>();
        for (int number = 1; number <= 70; number++) {
            some.add(states.service(number));
        }
        Services upwards = of(some);
        Services downwards = of(some.reversed());
        assertEquals(upwards, downwards);
        assertEquals(upwards.hashCode(), downwards.hashCode());
        assertNotEquals(upwards, upwards.with(states.service(71)));
        assertNull(upwards.get(Integer.MIN_VALUE));
        assertThrows(UnsupportedOperationException.class, () -> upwards.values().removeFirst());
    }

    private static Services of(List<Service> some) {
        Services services = Services.NONE;
        for (Service service : some) {
            services = services.with(service);
        }
        return services;
    }
}
