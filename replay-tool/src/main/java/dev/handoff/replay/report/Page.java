package dev.handoff.replay.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The page around the data: one file with its own style and script, and nothing that a browser would fetch. Its content security
 * policy allows exactly these two, by their hashes. Stateless; any thread.
 */
final class Page {

    /** In the order in which they use each other; one script in the page. */
    private static final List<String> SCRIPTS = List.of("dom.js", "model.js", "axis.js", "marks.js", "chart.js",
            "gestures.js", "summary.js", "detail.js", "records.js", "report.js");

    private Page() {}

    /**
     * The page.
     *
     * @param words what it is about, for a viewer that runs no script
     */
    static String of(JsonNode data, List<String> words) {
        String style = resource("report.css");
        String script = SCRIPTS.stream().map(Page::resource).collect(Collectors.joining("\n"));
        // One pass over the template: whatever the parts hold, they are not looked at again.
        List<String> parts = new ArrayList<>();
        String rest = resource("report.html");
        for (Slot slot : List.of(new Slot("@STYLE_HASH@", hash(style)), new Slot("@SCRIPT_HASH@", hash(script)),
                new Slot("@STYLE@", style), new Slot("@WORDS@", escaped(String.join("\n", words))),
                new Slot("@DATA@", Texts.inScript(data)), new Slot("@SCRIPT@", script))) {
            int at = rest.indexOf(slot.name());
            parts.add(rest.substring(0, at));
            parts.add(slot.content());
            rest = rest.substring(at + slot.name().length());
        }
        parts.add(rest);
        return String.join("", parts);
    }

    private record Slot(String name, String content) {}

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static String resource(String name) {
        try (InputStream in = Page.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(name + " cannot be read", e);
        }
    }
}
