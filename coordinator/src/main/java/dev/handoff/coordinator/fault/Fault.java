package dev.handoff.coordinator.fault;

import java.util.Locale;
import java.util.Optional;

import dev.handoff.posix.Signals;

/** What is done to whom at which step. Written as {@code kill successor MessageSending.Begin.after}. */
public record Fault(Act act, Victim victim, Step step) {

    /** What is done to the victim. */
    public enum Act {
        /** SIGKILL. */
        KILL(Signals.SIGKILL),
        /** SIGSTOP; to let it go on is up to whoever asked for this. */
        STOP(Signals.SIGSTOP);

        private final int signal;

        Act(int signal) {
            this.signal = signal;
        }

        int signal() {
            return signal;
        }
    }

    /** To whom. */
    public enum Victim {
        /** The process that is at the step itself. */
        COORDINATOR,
        /** The handoff's incumbent, also once its successor has taken over. */
        INCUMBENT,
        /** The handoff's successor, also once it serves. */
        SUCCESSOR;

        /** As it is written. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The fault with this text, or empty. */
    public static Optional<Fault> parse(String text) {
        String[] words = text.strip().split(" +", -1);
        if (words.length != 3) {
            return Optional.empty();
        }
        for (Act act : Act.values()) {
            for (Victim victim : Victim.values()) {
                if (words[0].equals(word(act)) && words[1].equals(victim.word())) {
                    return Step.parse(words[2]).map(step -> new Fault(act, victim, step));
                }
            }
        }
        return Optional.empty();
    }

    private static String word(Act act) {
        return act.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return word(act) + " " + victim.word() + " " + step;
    }
}
