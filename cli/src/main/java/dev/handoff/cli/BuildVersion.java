package dev.handoff.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
public final class BuildVersion implements IVersionProvider {

    @Override
    public String[] getVersion() {
        return new String[]{"handoff " + ProgramVersion.text() + " (Java " + Runtime.version() + ")"};
    }
}
