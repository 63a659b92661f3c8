package dev.handoff.simulator;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.loop.Timers;

/** The coordinator's timers on the simulated clock. */
final class SimulatedTimers implements Timers {

    private final World world;
    private final CoordinatorProcess process;
    private final Map<Integer, EnumMap<TimerKind, Long>> armed = new TreeMap<>();

    SimulatedTimers(World world, CoordinatorProcess process) {
        this.world = world;
        this.process = process;
    }

    @Override
    public void arm(int service, TimerKind kind, long dueNs) {
        EnumMap<TimerKind, Long> ofService = armed.computeIfAbsent(service, _ -> new EnumMap<>(TimerKind.class));
        ofService.put(kind, dueNs);
        world.agenda().at(dueNs, () -> process.run(() -> {
            if (ofService.remove(kind, dueNs)) {
                process.input(loop -> loop.timer(service, kind, dueNs));
            }
        }));
    }

    @Override
    public void cancel(int service, TimerKind kind) {
        EnumMap<TimerKind, Long> ofService = armed.get(service);
        if (ofService != null) {
            ofService.remove(kind);
        }
    }

    @Override
    public void later(long delayNs, Runnable task) {
        process.after(delayNs, () -> process.input(_ -> task.run()));
    }
}
