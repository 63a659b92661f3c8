package dev.handoff.simulator;

import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.LoopAgent;

/** For mutants that run other effects than the core ordered. */
interface EffectMutant extends Mutant {

    /** Runs in place of {@code effect}; {@code inner} does what is right. */
    void run(Effect effect, Effects inner, LoopAgent loop);

    @Override
    default Wiring wiring(World world) {
        return new Wiring() {
            @Override
            public Effects effects(Effects inner) {
                return new Effects() {
                    @Override
                    public void run(Effect effect, LoopAgent loop) {
                        EffectMutant.this.run(effect, inner, loop);
                    }

                    @Override
                    public void processEnded(long pid, LoopAgent loop) {
                        inner.processEnded(pid, loop);
                    }
                };
            }
        };
    }

    /** The service's state now. */
    static State stateOf(int service, LoopAgent loop) {
        Service known = loop.fold().state().services().get(service);
        return known == null ? new State.Stopped() : known.state();
    }
}
