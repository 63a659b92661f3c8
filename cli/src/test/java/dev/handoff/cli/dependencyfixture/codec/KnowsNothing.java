package dev.handoff.cli.dependencyfixture.codec;

/** Keeps the rule. */
public enum KnowsNothing {
    NOTHING
}
