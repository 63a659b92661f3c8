package dev.handoff.simulator;

import dev.handoff.codec.Message;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.State;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.LoopAgent;

/** A mutant: {@code Begin} goes out with {@code SealRequest}. */
record EarlyBegin() implements EffectMutant {

    @Override
    public void run(Effect effect, Effects inner, LoopAgent loop) {
        inner.run(effect, loop);
        if (effect instanceof Effect.SendToIncumbent(int service, long _, Message.SealRequest(var id))
                && EffectMutant.stateOf(service, loop) instanceof State.WithSuccessor with) {
            inner.run(new Effect.SendToSuccessor(service, with.successor().session(), new Message.Begin(id)), loop);
        }
    }
}
