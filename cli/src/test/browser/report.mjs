// Drives Chromium over reports that ReportInBrowserTest has exported, and compares what they show with what the commands
// printed. One argument: a JSON file with the browser, the reports, what to expect, and where screenshots go.
// Prints a line for each check; exits 1 at the first that fails.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { chromium } from "playwright-core";

const task = JSON.parse(readFileSync(process.argv[2], "utf8"));
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;

/** Of so many handoffs every record is looked at, one key after the other. */
const WALKED = 2;

let checks = 0;

function same(what, actual, expected) {
  if (!isDeepStrictEqual(actual, expected)) {
    throw new Error(`${what}\n  expected ${JSON.stringify(expected)}\n  shown    ${JSON.stringify(actual)}`);
  }
  checks++;
}

const holds = (what, condition) => same(what, Boolean(condition), true);

const texts = (page, selector) => page.locator(selector).allTextContents();

const complaints = [];
const browser = await chromium.launch({ executablePath: task.chromium, args: FLAGS });

/** A page in a fresh profile; what it logs and asks the network for is a complaint. */
async function open(file, options) {
  const context = await browser.newContext({ ...options, offline: true });
  const page = await context.newPage();
  page.on("console", (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.stack}`));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== `file://${file}`) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(`file://${file}`);
  return page;
}

const shot = (page, name) => page.screenshot({ path: `${task.out}/${name}.png` });

/** What is said of a handoff is what list and explain print. */
async function tellsTheStory(page, handoff) {
  same("the outcome", (await texts(page, ".outcome .word"))[0].toLowerCase(), handoff.outcome.replace("_", " "));
  same("the id", await texts(page, ".outcome .id"), [handoff.id]);
  const facts = await texts(page, ".fact dd b");
  same("the writer gap", facts[0], handoff.gap === "-" ? "none" : handoff.gap);
  same("the whole time", facts[1], handoff.total);
  same("the builds", [facts[2], facts[3]], [handoff.from, handoff.to]);
  same("the reasons", await texts(page, ".why p"), handoff.why);
  same("the story", await texts(page, ".course .text > bdi"), handoff.course);
  same("the phases", await page.locator(".phases tbody tr").evaluateAll((rows) =>
    rows.map((row) => [row.children[0].textContent, row.children[1].textContent])), handoff.phases);
}

/** Three lanes in their order, an arrow for each message, a bar for each phase. */
async function drawsTheLanes(page, handoff) {
  await page.click("#tools button:has-text('All')");
  await page.check("#tools input");
  const lanes = await page.locator(".chart .name").evaluateAll((names) =>
    names.map((name) => [name.textContent.split(" ")[0], name.getBoundingClientRect().top]));
  same("the lanes", lanes.map(([name]) => name), ["incumbent", "coordinator", "successor"]);
  holds("the lanes in their order", lanes[0][1] < lanes[1][1] && lanes[1][1] < lanes[2][1]);
  same("the arrows", await page.locator(".chart .mark.arrow .head").count(), handoff.messages);
  same("the phase bars", await page.locator(".chart .phase").count(), handoff.phases.length);
  same("the writer gap's bar", await page.locator(".chart .writer.nobody").count(), handoff.gap === "-" ? 0 : 1);
  same("the time without a coordinator", await page.locator(".chart .life.away").count(), handoff.takeovers);
  same("the timers", await page.locator(".chart .mark.timer").count(), handoff.timers);
  await page.uncheck("#tools input");
  await page.click("#tools button:has-text('Handoff')");
}

/** Time is to scale: the share of a bar is the share of its time. */
async function isToScale(page, handoff) {
  const [gap, all] = await page.evaluate(() => {
    const width = (name) => document.querySelector(`.chart .writer.${name} rect`).getBBox().width;
    return [width("nobody"), width("incumbent") + width("nobody")];
  });
  const share = handoff.gap_ns / (handoff.gap_from_ns + handoff.gap_ns);
  holds(`the gap has ${gap} of ${all} pixels, ${share} of the time`, Math.abs(gap / all - share) < 0.01);
}

const record = (page) => page.locator("#detail .fields > div").evaluateAll((rows) =>
  Object.fromEntries(rows.map((row) => [row.children[0].textContent, row.children[1].textContent])));

/** A record's JSON as dump prints it, in the names and texts of the details. */
function flat(value, path = "", into = {}) {
  if (value === null || typeof value !== "object" || !Object.keys(value).length) {
    into[path] = value === null || typeof value === "object" ? "none" : String(value);
  } else {
    for (const [name, inner] of Object.entries(value)) {
      flat(inner, Array.isArray(value) ? `${path}[${name}]` : path ? `${path}.${name}` : name, into);
    }
  }
  return into;
}

/** A state's JSON as the state command prints it, in the names and texts of the details. */
function facts(value, path = "") {
  const inner = (name) => name === "is" ? path : path ? `${path}.${name}` : name;
  if (Array.isArray(value) && value.length && typeof value[0] === "object") {
    return value.flatMap((each, index) => facts(each, `${path}[${index}]`));
  }
  if (Array.isArray(value) && value.length) return [`${path}=${value.join(", ")}`];
  if (value !== null && typeof value === "object" && Object.keys(value).length) {
    return Object.entries(value).flatMap(([name, each]) => facts(each, inner(name)));
  }
  return [`${path}=${value === null || typeof value === "object" ? "none" : value === "" ? "(empty)" : value}`];
}

/** Everything that the details and the chart tell of the chosen record. */
const chosen = (page) => page.evaluate(() => {
  const state = (style) => [...document.querySelectorAll("#detail .whole .state > div")].flatMap((row) =>
    [...row.querySelectorAll(`.same bdi, .${style} bdi`)].map((value) =>
      `${row.children[0].textContent}=${value.textContent}`)).sort();
  const option = document.getElementById(document.getElementById("chart").getAttribute("aria-activedescendant"));
  return {
    record: Object.fromEntries([...document.querySelectorAll("#detail .fields > div")].map((row) =>
      [row.children[0].textContent, row.children[1].textContent])),
    active: option.getAttribute("aria-label").split(" ")[0],
    bytes: [...document.querySelectorAll("#detail .hex td:not(.ascii)")].map((each) => each.textContent).join(" ")
      .match(/[0-9a-f]{2}/g).join(""),
    before: state("before"), after: state("after"),
  };
});

/** By keyboard alone, from the first record to the last: each is what dump prints, and each state follows from the one before. */
async function walksByKeyboard(page, handoff) {
  await page.check("#tools input");
  await page.focus("#chart");
  await page.keyboard.press("Home");
  let after = null;
  for (const expected of handoff.records) {
    const { stored, state_after: state, ...fields } = expected;
    const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
    const shown = await chosen(page);
    same(`the details of #${expected.seq}`, shown.record, flat(known));
    same("the active option", shown.active, `#${expected.seq}`);
    same(`the stored bytes of #${expected.seq}`, shown.bytes, stored);
    if (after !== null) same(`the state before #${expected.seq} is the one after the record before`, shown.before, after);
    after = shown.after;
    if (state) same(`the state after #${expected.seq}`, shown.after, facts(state).sort());
    await page.keyboard.press("ArrowRight");
  }
  await page.uncheck("#tools input");
  await page.focus("#chart");
  await page.keyboard.press("g");
  await page.keyboard.press("Enter");
  same("Enter goes to the details", await page.evaluate(() => document.activeElement.id), "detail");
}

async function clicks(page, handoff) {
  await page.click("#tools button:has-text('Writer gap')");
  const ready = page.locator(".chart .mark.arrow.successor .hit").last();
  await ready.click({ force: true });
  holds("a click on an arrow shows its record", (await record(page)).direction);
  const seq = (await record(page)).seq;
  same("its row is marked", await page.locator(".records tr.selected").getAttribute("data-seq"), seq);
  holds("the address has it", page.url().endsWith(`#${handoff.id.slice(0, 8)}/${seq}`));
  const before = await page.locator(".chart .ticks text").allTextContents();
  await page.locator(".chart .phase").first().click();
  holds("a click on a phase zooms in", !isDeepStrictEqual(await page.locator(".chart .ticks text").allTextContents(), before));
  await page.click("#tools button:has-text('Handoff')");
}

/** The table shows what its filters say. */
async function filters(page, handoff) {
  const shown = () => page.locator(".records tbody tr").evaluateAll((rows) => rows.map((row) => Number(row.dataset.seq)));
  const wanted = (test) => handoff.records.filter(test).map((each) => each.seq);
  await page.check("#filter-beats");
  same("with heartbeats: every record", await shown(), wanted(() => true));
  await page.selectOption("#filter-kind", "MessageReceived");
  await page.selectOption("#filter-peer", "incumbent");
  same("by kind and peer", await shown(), wanted((each) => each.kind === "MessageReceived" && each.peer === "incumbent"));
  await page.selectOption("#filter-kind", "");
  await page.selectOption("#filter-peer", "");
  await page.fill("#filter-text", "SEALrequest");
  same("by text, in any case", await shown(), wanted((each) => JSON.stringify({ ...each, state_after: null }).includes("SealRequest")));
  await page.fill("#filter-text", "no such thing");
  same("by a text that is nowhere", await shown(), []);
  same("which is said", await texts(page, ".count"), [`0 of ${handoff.records.length} records`]);
  await page.fill("#filter-text", "");
  await page.uncheck("#filter-beats");
}

/** Contrast of a text against what is behind it, by WCAG's formula, for every element with a text of its own. */
const faintTexts = (page) => page.evaluate(() => {
  const channel = (value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parse = (color) => color.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("main *, header *, footer *")].filter((element) => !element.closest("svg")
    && element.offsetParent && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
    && !element.disabled)
    .map((element) => {
      const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
      return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.outerHTML.slice(0, 80)];
    }).filter(([contrast]) => contrast < 4.5);
});

/** What a screen reader is told: every control has a name, and the axis is a list of its events. */
async function canBeHeard(page) {
  const tree = await page.locator("body").ariaSnapshot();
  same("controls without a name", tree.match(/^ *- (button|combobox|searchbox|checkbox|option|region|listbox)( \[.*\])?:?$/gm), null);
  const axis = page.getByRole("listbox", { name: "Events on the time axis" });
  same("the events in the list", await axis.getByRole("option").count(), await page.locator(".chart .mark[role]").count());
  same("one heading for the page", await page.getByRole("heading", { level: 1 }).count(), 1);
}

async function sample() {
  const page = await open(task.sample.file, { viewport: { width: 1440, height: 1000 }, colorScheme: "light" });
  same("the handoffs to choose from", await page.locator("#handoff option").count(), task.sample.handoffs.length);
  same("the chosen one is open", await page.locator(".outcome .id").textContent(), task.sample.handoffs[0].id);
  await shot(page, "light");
  for (const [index, handoff] of task.sample.handoffs.entries()) {
    await page.selectOption("#handoff", String(index));
    await tellsTheStory(page, handoff);
    await drawsTheLanes(page, handoff);
    await isToScale(page, handoff);
    await filters(page, handoff);
    if (index < WALKED) await walksByKeyboard(page, handoff);
    await clicks(page, handoff);
    await shot(page, `light-${index}`);
  }
  const [first] = task.sample.handoffs;
  await page.goto(`file://${task.sample.file}#${first.id.slice(0, 8)}/${first.records[3].seq}`);
  await page.reload();
  same("an address opens its record", (await record(page)).seq, String(first.records[3].seq));
  await canBeHeard(page);
  same("no text is too faint by day", await faintTexts(page), []);
  await page.pdf({ path: `${task.out}/print.pdf`, format: "A4" });
}

async function otherLooks() {
  const dark = await open(task.sample.file, { viewport: { width: 1440, height: 1000 }, colorScheme: "dark" });
  holds("dark where that is wanted", await dark.evaluate(() =>
    getComputedStyle(document.body).backgroundColor.match(/\d+/g).every((value) => value < 60)));
  same("no text is too faint by night", await faintTexts(dark), []);
  await shot(dark, "dark");
  const phone = await open(task.sample.file, { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2,
    hasTouch: true, isMobile: true });
  same("a phone needs no scrolling sideways", await phone.evaluate(() => document.documentElement.scrollWidth), 390);
  await shot(phone, "phone");
  await phone.locator(".records tbody tr").nth(2).tap();
  holds("a tap shows a record", (await record(phone)).seq);
  await phone.locator("#axis").scrollIntoViewIfNeeded();
  await shot(phone, "phone-axis");
}

/** What a daemon says is shown, and does nothing. */
async function hostile() {
  const page = await open(task.hostile.file, { viewport: { width: 1440, height: 1000 } });
  await page.check("#filter-beats");
  await page.evaluate(() => document.querySelectorAll(".records tbody tr").forEach((row) => row.click()));
  same("nothing ran", await page.evaluate(() => window.owned), undefined);
  same("no element came of a text", await page.locator("img, iframe, object, embed, link, base, form, a[href^='javascript:']")
    .count(), 0);
  same("one style and two scripts", [await page.locator("style").count(), await page.locator("script").count()], [1, 2]);
  const shown = await page.evaluate(() => document.body.innerText + document.title);
  for (const text of task.hostile.shown) holds(`shown as it is: ${text}`, shown.includes(text));
  const unseen = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, (node) =>
      node.parentElement.closest("script, style") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    const all = [];
    while (walker.nextNode()) all.push(walker.currentNode.data);
    return all.concat([...document.querySelectorAll("[aria-label]")].map((each) => each.getAttribute("aria-label")));
  });
  same("nothing that nobody can see", unseen.filter((text) => UNSEEN.test(text.replaceAll("\n", ""))), []);
  await shot(page, "hostile");
}

/** Where records are lost, that is said, and nothing is told that nobody knows. */
async function damaged() {
  const { file, handoff } = task.damaged;
  const page = await open(file, { viewport: { width: 1440, height: 1000 } });
  const note = (await texts(page, ".note"))[0];
  holds(`the damage is named: ${note}`, note.includes(`record ${handoff.lost} lost`));
  same("the writer gap", (await texts(page, ".fact dd b"))[0], "not known");
  same("the story", await texts(page, ".course .text > bdi"), handoff.course);
  same("no phases", await page.locator(".phases").count(), 0);
  same("no writers", await page.locator(".chart .writer").count(), 0);
  same("the damage on the axis", await page.locator(".chart .mark.damage").getAttribute("aria-label")
    .then((label) => label.startsWith(`damage lost: ${handoff.lost} to ${handoff.lost}`)), true);
  await page.locator(".records tbody tr").last().click();
  same("no state after it", await page.locator("#detail .state").count(), 0);
  await shot(page, "damaged");
}

try {
  await sample();
  await otherLooks();
  await hostile();
  await damaged();
  same("nothing was logged, and nothing asked of the network", complaints, []);
  console.log(`${checks} checks hold`);
} catch (error) {
  console.log(`${checks} checks held, then: ${error.message}\n${error.stack}\ncomplaints: ${complaints.join("\n")}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
