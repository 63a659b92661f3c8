package dev.handoff.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The descriptor store: parked sockets outlive the coordinator and are handed to the next one, for as long as the hold lasts.
 * Then the sessions are shut down, the listeners never.
 */
final class Keeper {

    /** How long the sessions wait for a coordinator. */
    static final long HOLD_NS = 10_000_000_000L;

    private final World world;
    private final TreeMap<String, SocketEnd> parked = new TreeMap<>();
    private int hold;

    Keeper(World world) {
        this.world = world;
    }

    /** Keeps a duplicate under this name, in place of one that was there. */
    void park(String name, SocketEnd end) {
        if (!world.mutant().parks()) {
            return;
        }
        end.hold();
        SocketEnd before = parked.put(name, end);
        if (before != null) {
            before.release();
        }
    }

    /** Lets go of it; nothing happens where there is none. */
    void remove(String name) {
        SocketEnd end = parked.remove(name);
        if (end != null) {
            end.release();
        }
    }

    /** What a coordinator gets when it starts, by name. */
    Map<String, SocketEnd> handedBack() {
        return new TreeMap<>(parked);
    }

    List<String> names() {
        return new ArrayList<>(parked.keySet());
    }

    /** The coordinator is gone: the hold begins. */
    void coordinatorDied() {
        hold++;
        int mine = hold;
        world.agenda().after(HOLD_NS, () -> {
            if (hold == mine) {
                letGo();
            }
        });
    }

    /** READY=1. */
    void coordinatorReady() {
        hold++;
    }

    private void letGo() {
        world.say(() -> "the hold is over: " + parked.keySet() + " are shut down");
        for (SocketEnd end : parked.values()) {
            end.shutdown();
            end.release();
        }
        parked.clear();
    }

    /** A store that hands back too little: one of what it held is lost, by its place among the names. */
    void lose(int which) {
        if (!parked.isEmpty()) {
            String name = names().get(which % parked.size());
            world.say(() -> "the store loses " + name);
            remove(name);
        }
    }

    /** The machine died. */
    void machineDied() {
        hold++;
        parked.values().forEach(SocketEnd::release);
        parked.clear();
    }
}
