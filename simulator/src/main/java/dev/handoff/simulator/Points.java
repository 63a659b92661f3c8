package dev.handoff.simulator;

import java.util.ArrayDeque;
import java.util.List;

/** Every place where something can go wrong, counted from a handoff's request; and what does go wrong at which of them. */
final class Points {

    private final World world;
    private final ArrayDeque<Fault> due = new ArrayDeque<>();
    private long count;
    private long struck;
    private boolean spawnFails;

    Points(World world) {
        this.world = world;
    }

    /** A handoff begins, with these faults. */
    void begin(List<Fault> faults) {
        count = 0;
        due.clear();
        due.addAll(faults);
    }

    /** From now on nothing goes wrong. */
    void heal() {
        due.clear();
        spawnFails = false;
    }

    /** How many points the handoff has had so far. */
    long count() {
        return count;
    }

    /** How many faults there were in all. */
    long struck() {
        return struck;
    }

    /** The process is about to do something, or has just done it. */
    void reached(SimulatedProcess process, String what) {
        count++;
        Fault next = due.peek();
        while (next != null && next.atPoint() <= count) {
            due.remove();
            strike(next, process, what);
            next = due.peek();
        }
    }

    private void strike(Fault fault, SimulatedProcess at, String what) {
        struck++;
        world.say(() -> fault + " (" + at + ", " + what + ")");
        world.hash().mix(count);
        if (fault.kind() == Fault.Kind.SPAWN_FAILS) {
            spawnFails = true;
        } else {
            world.strike(fault);
        }
    }

    /** Whether the next spawn fails; once. */
    boolean spawnFails() {
        boolean fails = spawnFails;
        spawnFails = false;
        return fails;
    }
}
