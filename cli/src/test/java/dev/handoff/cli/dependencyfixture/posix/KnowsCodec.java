package dev.handoff.cli.dependencyfixture.posix;

import dev.handoff.cli.dependencyfixture.codec.KnowsNothing;

/** Breaks the rule: posix may know nothing of ours. */
record KnowsCodec(KnowsNothing fromCodec) {}
