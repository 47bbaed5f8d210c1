// Tables of figures; a narrow window moves them sideways, with the keyboard as well.
import { element } from "./element.js";

export function table(caption, heads, rows) {
  const head = element("tr", {}, ...heads.map((name) => element("th", { scope: "col" }, name)));
  const made = element("table", {}, element("caption", {}, caption), element("thead", {}, head), element("tbody", {}, ...rows));
  return element("div", { className: "wide", tabIndex: 0, role: "region", "aria-label": caption }, made);
}

export function row(name, ...cells) {
  const put = (cell) => (cell instanceof Element ? cell : element("td", {}, String(cell)));
  return element("tr", {}, element("th", { scope: "row" }, name), ...cells.map(put));
}

// A count and its picture beside the largest; the number says the same, so readers hear it once.
export function counted(name, count, most) {
  const bar = element("span", { className: "bar" });
  bar.style.width = `${(100 * (count ?? 0)) / most}%`;
  const picture = element("td", { className: "picture", "aria-hidden": "true" }, ...(count ? [bar] : []));
  const number = element("td", { className: "number" }, count === null ? "fewer than 5" : count.toLocaleString());
  return row(name, number, picture);
}
