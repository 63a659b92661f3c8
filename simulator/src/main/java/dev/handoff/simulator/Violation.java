package dev.handoff.simulator;

/** A rule was broken. Ends the world it happens in; {@link Simulation} reports and shrinks it. */
final class Violation extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String rule;

    /**
     * @param rule
     *            the rule's short name, the same for every way to break it
     */
    Violation(String rule, String what) {
        super(rule + ": " + what);
        this.rule = rule;
    }

    String rule() {
        return rule;
    }
}
