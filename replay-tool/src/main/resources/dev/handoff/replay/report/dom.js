"use strict";

/*
 * Builds elements. Whatever a daemon said reaches the page through shown() and as text or an attribute's value, never as
 * markup; what a reader could not see, or what would reorder other text, is spelt out.
 */
const Dom = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

  const shown = (text) => String(text).replace(UNSEEN, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);

  function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") {
        element.addEventListener(name, value);
      } else if (value !== null && value !== undefined && value !== false) {
        element.setAttribute(name, value === true ? "" : shown(value));
      }
    }
    for (const child of children.flat(Infinity)) {
      if (child !== null && child !== undefined && child !== false) {
        element.append(child instanceof Node ? child : shown(child));
      }
    }
    return element;
  }

  /** An HTML element; a function among the attributes listens to the event of its name. */
  const el = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);

  /** The same for SVG. */
  const svg = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

  const id = (name) => document.getElementById(name);

  /** Puts these in place of everything in an element. */
  const put = (element, ...children) => {
    element.replaceChildren();
    return fill(element, null, children);
  };

  /** Tells a screen reader. */
  const say = (text) => { id("said").textContent = shown(text); };

  return { el, svg, id, put, say, shown };
})();
