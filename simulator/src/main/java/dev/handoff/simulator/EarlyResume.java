package dev.handoff.simulator;

import dev.handoff.codec.Message;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.State;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.LoopAgent;

/** A mutant: a sealed incumbent is told to resume as soon as its successor is asked to end. */
record EarlyResume() implements EffectMutant {

    @Override
    public void run(Effect effect, Effects inner, LoopAgent loop) {
        inner.run(effect, loop);
        if (effect instanceof Effect.Terminate terminate
                && EffectMutant.stateOf(terminate.service(), loop) instanceof State.AwaitingSuccessorExit exit
                && exit.undo() == State.Undo.SEAL && exit.incumbent().connected()) {
            inner.run(new Effect.SendToIncumbent(terminate.service(), exit.incumbent().session(),
                    new Message.ResumeAfterAbort(exit.handoff().id())), loop);
        }
    }
}
