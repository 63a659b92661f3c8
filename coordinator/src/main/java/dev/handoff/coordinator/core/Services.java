package dev.handoff.coordinator.core;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.RandomAccess;

/**
 * Services in ascending order of their numbers. Immutable, compared by content. They lie in chunks, and a turn, which replaces one of
 * them, copies its chunk and the list of chunks: with a thousand services 500 bytes, where one array would be 4,000. Finding one boxes
 * nothing.
 */
public final class Services {

    static final Services NONE = new Services(new int[0], new Service[0][]);

    /** As many chunks of as many services would be most economical at 1,024 services. */
    private static final int CHUNK_BITS = 5;
    private static final int CHUNK = 1 << CHUNK_BITS;

    private final int[] numbers;
    private final Service[][] chunks;

    private Services(int[] numbers, Service[][] chunks) {
        this.numbers = numbers;
        this.chunks = chunks;
    }

    public int size() {
        return numbers.length;
    }

    /** The service with this number, or null for none. */
    public Service get(int number) {
        int index = indexOf(number);
        return index < 0 ? null : at(index);
    }

    private Service at(int index) {
        return chunks[index >> CHUNK_BITS][index & (CHUNK - 1)];
    }

    /** As {@link Arrays#binarySearch}. Numbers are given out from 1 on, so mostly one look is enough. */
    private int indexOf(int number) {
        int usual = number - 1;
        return usual >= 0 && usual < numbers.length && numbers[usual] == number
                ? usual
                : Arrays.binarySearch(numbers, number);
    }

    /** All of them, in ascending order of their numbers; cannot be changed. */
    public List<Service> values() {
        return new Values(this);
    }

    /** These, with {@code service} added or in the place of the one with its number. */
    Services with(Service service) {
        int index = indexOf(service.number());
        return index < 0 ? inserted(-index - 1, service) : replaced(index, service);
    }

    private Services replaced(int index, Service service) {
        Service[][] newChunks = chunks.clone();
        Service[] chunk = newChunks[index >> CHUNK_BITS].clone();
        chunk[index & (CHUNK - 1)] = service;
        newChunks[index >> CHUNK_BITS] = chunk;
        return new Services(numbers, newChunks);
    }

    private Services inserted(int index, Service service) {
        int size = numbers.length + 1;
        int[] newNumbers = new int[size];
        Service[][] newChunks = new Service[(size + CHUNK - 1) >> CHUNK_BITS][];
        for (int i = 0; i < size; i++) {
            if ((i & (CHUNK - 1)) == 0) {
                newChunks[i >> CHUNK_BITS] = new Service[Math.min(CHUNK, size - i)];
            }
            Service one = i == index ? service : at(i < index ? i : i - 1);
            newNumbers[i] = one.number();
            newChunks[i >> CHUNK_BITS][i & (CHUNK - 1)] = one;
        }
        return new Services(newNumbers, newChunks);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Services that && Arrays.deepEquals(chunks, that.chunks);
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(chunks);
    }

    @Override
    public String toString() {
        return values().toString();
    }

    private static final class Values extends AbstractList<Service> implements RandomAccess {
        private final Services services;

        Values(Services services) {
            this.services = services;
        }

        @Override
        public Service get(int index) {
            return services.at(index);
        }

        @Override
        public int size() {
            return services.size();
        }
    }
}
