package dev.handoff.coordinator.control;

import java.util.Arrays;
import java.util.Optional;

/** How a swap ended, as scripts read it. */
public enum SwapOutcome {
    /** The successor is the incumbent now. */
    COMMITTED("committed"),
    /** The old build serves on. */
    ROLLED_BACK("rolled_back"),
    /** The client's word for a {@code Busy} reply: this swap never began. */
    BUSY("busy"),
    /** The client's word for a coordinator that went away before it told the end. */
    INDETERMINATE("indeterminate");

    private final String word;

    SwapOutcome(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }

    static Optional<SwapOutcome> ofWord(String word) {
        return Arrays.stream(values()).filter(outcome -> outcome.word.equals(word)).findFirst();
    }
}
