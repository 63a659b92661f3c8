package dev.handoff.replay.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

/** Makes JSON safe for a page: what a daemon said may be long, may hold anything, and stands inside an HTML element. Stateless. */
final class Texts {

    /** Of a text that a daemon sent; a frame may hold a megabyte. */
    static final int MOST_CHARS = 4096;
    /** Above it a JavaScript number loses digits. */
    private static final long MOST_EXACT = 1L << 53;

    private static final JsonMapper JSON = JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private Texts() {}

    /** Cuts long texts short, and writes numbers that a script would round as texts. */
    static void bound(JsonNode json) {
        if (json instanceof ObjectNode object) {
            for (Map.Entry<String, JsonNode> field : object.properties()) {
                field.setValue(bounded(field.getValue(), field.getKey().equals("bytes")));
            }
        } else if (json instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, bounded(array.get(i), false));
            }
        }
    }

    /** A text of at most so many characters, and a word on what is left out. */
    static String cut(String whole, int most) {
        if (whole.length() <= most) {
            return whole;
        }
        int end = Character.isHighSurrogate(whole.charAt(most - 1)) ? most - 1 : most;
        return whole.substring(0, end) + "… (" + (whole.length() - end)
                + " more characters: 'handoff replay dump --json' has them)";
    }

    private static JsonNode bounded(JsonNode value, boolean bytes) {
        int most = bytes ? 2 * RecordBytes.MOST_SHOWN : MOST_CHARS;
        if (value instanceof TextNode text && text.textValue().length() > most) {
            return TextNode.valueOf(cut(text.textValue(), most));
        }
        if (value instanceof LongNode number && Math.abs(number.longValue()) > MOST_EXACT) {
            return TextNode.valueOf(number.asText());
        }
        bound(value);
        return value;
    }

    /**
     * As text for the inside of a script element: in ASCII, and without a character that HTML or JavaScript takes for its own.
     */
    static String inScript(JsonNode json) {
        try {
            return JSON.writer().with(new Escapes()).writeValueAsString(json);
        } catch (IOException e) {
            throw new UncheckedIOException("a tree that cannot be written", e);
        }
    }

    /** Spells out what could end the element or begin another, besides what JSON itself escapes. */
    private static final class Escapes extends CharacterEscapes {
        private static final long serialVersionUID = 1;

        @Override
        public int[] getEscapeCodesForAscii() {
            int[] codes = CharacterEscapes.standardAsciiEscapesForJSON();
            codes['<'] = CharacterEscapes.ESCAPE_STANDARD;
            codes['>'] = CharacterEscapes.ESCAPE_STANDARD;
            codes['&'] = CharacterEscapes.ESCAPE_STANDARD;
            codes['\''] = CharacterEscapes.ESCAPE_STANDARD;
            codes[0x7F] = CharacterEscapes.ESCAPE_STANDARD;
            return codes;
        }

        @Override
        public SerializableString getEscapeSequence(int character) {
            return new SerializedString(String.format("\\u%04x", character));
        }
    }
}
