package dev.handoff.cli.dependencyfixture.cli;

import dev.handoff.cli.dependencyfixture.codec.KnowsNothing;

/** Keeps the rule: cli may know everything. */
record KnowsCodec(KnowsNothing fromCodec) {}
