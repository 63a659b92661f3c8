package dev.handoff.coordinator.core;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Services in ascending order of their numbers. Immutable, compared by content. A turn replaces one of them: with a thousand
 * services that costs a copy of a thousand references, and finding one boxes nothing.
 */
public final class Services {

    static final Services NONE = new Services(new int[0], new Service[0]);

    private final int[] numbers;
    private final Service[] services;

    private Services(int[] numbers, Service[] services) {
        this.numbers = numbers;
        this.services = services;
    }

    public int size() {
        return numbers.length;
    }

    /** The service with this number, or null for none. */
    public Service get(int number) {
        int index = Arrays.binarySearch(numbers, number);
        return index < 0 ? null : services[index];
    }

    /** All of them, in ascending order of their numbers; cannot be changed. */
    public List<Service> values() {
        return Collections.unmodifiableList(Arrays.asList(services));
    }

    /** These, with {@code service} added or in the place of the one with its number. */
    Services with(Service service) {
        int index = Arrays.binarySearch(numbers, service.number());
        if (index >= 0) {
            Service[] replaced = services.clone();
            replaced[index] = service;
            return new Services(numbers, replaced);
        }
        int at = -index - 1;
        int[] moreNumbers = new int[numbers.length + 1];
        Service[] moreServices = new Service[services.length + 1];
        System.arraycopy(numbers, 0, moreNumbers, 0, at);
        System.arraycopy(services, 0, moreServices, 0, at);
        moreNumbers[at] = service.number();
        moreServices[at] = service;
        System.arraycopy(numbers, at, moreNumbers, at + 1, numbers.length - at);
        System.arraycopy(services, at, moreServices, at + 1, services.length - at);
        return new Services(moreNumbers, moreServices);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Services that && Arrays.equals(services, that.services);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(services);
    }

    @Override
    public String toString() {
        return Arrays.toString(services);
    }
}
