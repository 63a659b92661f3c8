package dev.handoff.coordinator.store;

import java.util.List;

/** Keeps nothing: a handoff in flight ends with the coordinator. Parking succeeds, for there is nobody to refuse it. */
final class NoStore implements DescriptorStore {

    @Override
    public int park(String name, int fd) {
        return 0;
    }

    @Override
    public void remove(String name) {
        // Nothing is there.
    }

    @Override
    public List<Parked> handedBack() {
        return List.of();
    }

    @Override
    public void ready() {
        // Nobody waits for it.
    }

    @Override
    public void status(String text) {
        // Nobody shows it.
    }

    @Override
    public void hold(long holdMs) {
        // Nothing is held.
    }

    @Override
    public String describe() {
        return "no descriptor store (NOTIFY_SOCKET is not set): if the coordinator crashes, handoffs in flight end and the"
                + " daemons serve on";
    }
}
