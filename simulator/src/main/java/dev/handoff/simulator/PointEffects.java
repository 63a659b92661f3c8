package dev.handoff.simulator;

import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.LoopAgent;

/** A point before and after every effect. */
final class PointEffects implements Effects {

    private final Effects effects;
    private final CoordinatorProcess process;

    PointEffects(Effects effects, CoordinatorProcess process) {
        this.effects = effects;
        this.process = process;
    }

    @Override
    public void run(Effect effect, LoopAgent loop) {
        process.stepped(true);
        World world = process.world();
        if (world.traces()) {
            world.trace().effect(effect);
        }
        world.points().reached(process, "Effect");
        effects.run(effect, loop);
        world.points().reached(process, "Effect.after");
    }

    @Override
    public void processEnded(long pid, LoopAgent loop) {
        effects.processEnded(pid, loop);
    }
}
