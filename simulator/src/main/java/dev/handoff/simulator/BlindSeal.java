package dev.handoff.simulator;

import dev.handoff.codec.Message;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.State;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.LoopAgent;

/** A mutant: where the core fences a seal in doubt, the request is simply written again. */
record BlindSeal() implements EffectMutant {

    @Override
    public void run(Effect effect, Effects inner, LoopAgent loop) {
        if (effect instanceof Effect.Fence fence
                && EffectMutant.stateOf(fence.service(), loop) instanceof State.AwaitingSealComplete seal) {
            inner.run(new Effect.SendToIncumbent(fence.service(), fence.session(),
                    new Message.SealRequest(seal.handoff().id())), loop);
        } else {
            inner.run(effect, loop);
        }
    }
}
