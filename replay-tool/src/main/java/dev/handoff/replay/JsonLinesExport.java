package dev.handoff.replay;

import java.io.IOException;
import java.io.Writer;
import java.util.List;

/** The records of a handoff as {@code dump --json} prints them, and damage in its place. Stateless; any thread. */
final class JsonLinesExport implements HandoffExport {

    @Override
    public boolean takesSeveral() {
        return true;
    }

    @Override
    public void write(List<HandoffStory> stories, Writer out) throws IOException {
        for (HandoffStory story : stories) {
            for (Moment moment : story.moments()) {
                out.write(EntryJson.toJson(moment.entry(), story.names()).toString());
                out.write('\n');
            }
        }
    }
}
