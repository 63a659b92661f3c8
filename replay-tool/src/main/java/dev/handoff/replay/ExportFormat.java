package dev.handoff.replay;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import dev.handoff.replay.report.HtmlExport;

/** What a handoff can be exported as. */
public enum ExportFormat {
    /** A page for a browser, with its journal's other handoffs to compare with. */
    HTML("html"),
    /** Its records, one JSON object a line. */
    JSONL("jsonl"),
    /** A Mermaid sequence diagram. */
    MERMAID("mermaid"),
    /** Trace events, for Perfetto and {@code chrome://tracing}. */
    TRACE("trace");

    private final String word;

    ExportFormat(String word) {
        this.word = word;
    }

    /** The name on the command line. */
    public String word() {
        return word;
    }

    /** What writes it. */
    public HandoffExport export() {
        return switch (this) {
            case HTML -> new HtmlExport();
            case JSONL -> new JsonLinesExport();
            case MERMAID -> new MermaidExport();
            case TRACE -> new TraceExport();
        };
    }

    /** The format of this name, in lower case. */
    public static Optional<ExportFormat> of(String word) {
        return Arrays.stream(values()).filter(format -> format.word.equals(word)).findFirst();
    }

    /** All names, in their order. */
    public static List<String> words() {
        return Arrays.stream(values()).map(ExportFormat::word).toList();
    }
}
