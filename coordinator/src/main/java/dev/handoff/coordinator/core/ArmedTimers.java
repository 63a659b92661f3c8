package dev.handoff.coordinator.core;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

import dev.handoff.codec.event.TimerKind;

/**
 * What is armed of one service, and for when, in the order of the kinds' numbers. Immutable: {@link #with} and {@link #without} give another one.
 * A turn that leaves the timers alone shares them with the turn before, and one that changes them copies a dozen numbers.
 */
public final class ArmedTimers extends AbstractMap<TimerKind, Long> {

    static final ArmedTimers NONE = new ArmedTimers(0, new long[0]);

    /** One more than the greatest number of a kind. */
    private static final int NUMBERS = Arrays.stream(TimerKind.values()).mapToInt(TimerKind::number).max().orElse(0)
            + 1;

    /** A bit for each kind, by its number. */
    private final int armed;
    /** By the kind's number; what is not armed is 0. */
    private final long[] dueNs;

    private ArmedTimers(int armed, long[] dueNs) {
        this.armed = armed;
        this.dueNs = dueNs;
    }

    /** These, with this one armed for that moment, whatever it was armed for before. */
    ArmedTimers with(TimerKind kind, long atNs) {
        long[] next = new long[NUMBERS];
        System.arraycopy(dueNs, 0, next, 0, dueNs.length);
        next[kind.number()] = atNs;
        return new ArmedTimers(armed | bit(kind), next);
    }

    /** These without this one. */
    ArmedTimers without(TimerKind kind) {
        int rest = armed & ~bit(kind);
        if (rest == armed) {
            return this;
        }
        if (rest == 0) {
            return NONE;
        }
        long[] next = dueNs.clone();
        next[kind.number()] = 0;
        return new ArmedTimers(rest, next);
    }

    boolean isArmed(TimerKind kind) {
        return (armed & bit(kind)) != 0;
    }

    /** Whether this one is armed for just that moment. */
    boolean isArmedFor(TimerKind kind, long atNs) {
        return isArmed(kind) && dueNs[kind.number()] == atNs;
    }

    private static int bit(TimerKind kind) {
        return 1 << kind.number();
    }

    @Override
    public int size() {
        return Integer.bitCount(armed);
    }

    @Override
    public boolean containsKey(Object kind) {
        return kind instanceof TimerKind known && isArmed(known);
    }

    @Override
    public Long get(Object kind) {
        return kind instanceof TimerKind known && isArmed(known) ? dueNs[known.number()] : null;
    }

    @Override
    public Set<Map.Entry<TimerKind, Long>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Map.Entry<TimerKind, Long>> iterator() {
                return new Entries();
            }

            @Override
            public int size() {
                return ArmedTimers.this.size();
            }
        };
    }

    private final class Entries implements Iterator<Map.Entry<TimerKind, Long>> {
        private int left = armed;

        @Override
        public boolean hasNext() {
            return left != 0;
        }

        @Override
        public Map.Entry<TimerKind, Long> next() {
            if (left == 0) {
                throw new NoSuchElementException();
            }
            int number = Integer.numberOfTrailingZeros(left);
            left &= left - 1;
            return Map.entry(TimerKind.ofNumber(number), dueNs[number]);
        }
    }
}
