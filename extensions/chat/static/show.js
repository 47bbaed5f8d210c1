// Messages as elements. Text only ever becomes textContent, so nothing in it can act as HTML.

import { element } from "./element.js";

// The little Markdown that Emilia writes: paragraphs, lists, **bold**, *emphasis*, `code`, \escapes.
export function markdown(text) {
  return text.split(/\n{2,}/).filter((block) => block.trim()).map((block) => {
    const lines = block.split("\n");
    if (lines.every((line) => line.startsWith("- "))) {
      return element("ul", {}, ...lines.map((line) => element("li", {}, ...inline(line.slice(2)))));
    }
    return element("p", {}, ...inline(block));
  });
}

const MARKS = [["**", "strong"], ["*", "em"], ["`", "code"]];

function inline(text) {
  const parts = [];
  let plain = "";
  const flush = () => { if (plain) parts.push(plain); plain = ""; };
  for (let at = 0; at < text.length;) {
    if (text[at] === "\\" && at + 1 < text.length) {
      plain += text[at + 1];
      at += 2;
      continue;
    }
    const mark = MARKS.find(([sign]) => text.startsWith(sign, at));
    const end = mark ? closing(text, mark[0], at + mark[0].length) : -1;
    if (end < 0) {
      plain += text[at++];
      continue;
    }
    flush();
    parts.push(element(mark[1], {}, ...inline(text.slice(at + mark[0].length, end))));
    at = end + mark[0].length;
  }
  flush();
  return parts;
}

function closing(text, sign, from) {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (at > from && text.startsWith(sign, at)) return at;
  }
  return -1;
}

export function message(one) {
  const person = one.author === "person";
  const parts = person
    ? [element("p", { className: "said" }, one.text)]
    : [...markdown(one.text), ...one.tables.map(table), sources(one.sources)];
  const time = new Date(one.created_at);
  return element(
    "article",
    { className: person ? "person" : "emilia", id: `m-${one.id}` },
    element(
      "h3", {}, person ? "You" : "Emilia",
      element("time", { dateTime: one.created_at }, time.toLocaleString([], { dateStyle: "medium", timeStyle: "short" })),
    ),
    ...parts,
  );
}

function table(one) {
  const numeric = one.columns.map((_, at) => one.rows.some((row) => typeof row[at] === "number"));
  const cell = (name, value, at) => element(name, {
    className: numeric[at] ? "number" : "",
    ...(name === "th" ? { scope: "col" } : {}),
  }, show(value));
  const head = element("tr", {}, ...one.columns.map((name, at) => cell("th", name, at)));
  const rows = one.rows.map((row) => element("tr", {}, ...row.map((value, at) => cell("td", value, at))));
  return element(
    "div", { className: "table", tabIndex: 0, role: "region", "aria-label": one.title },
    element("table", {}, element("caption", {}, one.title), element("thead", {}, head), element("tbody", {}, ...rows)),
  );
}

function show(value) {
  if (value === null) return "";
  if (typeof value !== "number") return String(value);
  return value.toLocaleString([], { maximumFractionDigits: 2 });
}

function sources(list) {
  if (!list.length) return null;
  const items = list.map((one) => {
    const day = new Date(one.as_of).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    const rows = `${one.rows.toLocaleString()} ${one.rows === 1 ? "row" : "rows"}`;
    const evaluation = one.evaluation_id ? `, evaluation ${one.evaluation_id}` : "";
    const data = one.dataset_id ? `, frozen data ${one.dataset_id}` : "";
    return element("li", {}, `${one.what}: ${rows}, as of ${day}${evaluation}${data}`);
  });
  return element(
    "details", { className: "sources" },
    element("summary", {}, `Where this comes from (${list.length})`),
    element("ul", {}, ...items),
  );
}
