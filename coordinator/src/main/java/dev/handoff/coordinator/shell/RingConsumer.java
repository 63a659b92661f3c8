package dev.handoff.coordinator.shell;

import java.util.concurrent.CompletableFuture;

import com.lmax.disruptor.EventHandler;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.LoopAgent;
import dev.handoff.coordinator.loop.Wire;

/** The consumer's side of the ring: gives each input to the loop. It is the loop thread. */
final class RingConsumer implements EventHandler<Input> {

    private final LoopAgent loop;
    private final Wire wire;
    private final Effects effects;
    private final Children children;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    RingConsumer(LoopAgent loop, Wire wire, Effects effects, Children children) {
        this.loop = loop;
        this.wire = wire;
        this.effects = effects;
        this.children = children;
    }

    @Override
    public void onEvent(Input input, long sequence, boolean endOfBatch) {
        switch (input.kind()) {
            case READABLE -> loop.readable(wire.session(input.token()));
            case WRITABLE -> loop.writable(wire.session(input.token()));
            case PROCESS_ENDED -> effects.processEnded(input.token(), loop);
            case FACT -> loop.happened(input.fact(), input.service(), input.handoffId());
            case TIMER -> {
                // Who has ended by now has ended before the timer came due, however late the loop got to run.
                children.eachEnded(pid -> {
                    effects.processEnded(pid, loop);
                    loop.endOfInput();
                });
                loop.timer(input.service(), input.timer(), input.token());
            }
            case TASK -> input.task().run();
        }
        input.clear();
        loop.endOfInput();
        if (endOfBatch) {
            loop.endOfBatch();
        }
    }

    @Override
    public void onShutdown() {
        ended.complete(null);
    }

    /** Waits until the loop thread, told to halt, touches nothing any more. */
    void awaitEnd() {
        ended.join();
    }
}
