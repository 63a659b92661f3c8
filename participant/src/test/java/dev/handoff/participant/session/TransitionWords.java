package dev.handoff.participant.session;

import java.util.Random;

import dev.handoff.codec.MessageKind;

/** Any message, in the words of {@link Script}. */
final class TransitionWords {

    private TransitionWords() {}

    static String any(Random random) {
        MessageKind[] kinds = MessageKind.values();
        return kinds[random.nextInt(kinds.length)].wireName() + (random.nextInt(3) == 0 ? " B" : " A");
    }
}
