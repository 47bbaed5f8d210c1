// Elements by function. Data only ever becomes text, so nothing in it can act as HTML.

type Child = Node | string | number | null | undefined | false | Child[];
type Handler = (event: never) => unknown;
type Properties = Record<string, string | number | boolean | null | undefined | Handler>;

/** An element with properties, listeners (functions named on...) and children. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name, properties: Properties = {}, ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(key.slice(2), value as unknown as EventListener);
    else if (key === "value") (made as unknown as HTMLInputElement).value = String(value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  add(made, children);
  return made;
}

function add(parent: Node, children: Child[]): void {
  for (const child of children) {
    if (Array.isArray(child)) add(parent, child);
    else if (child instanceof Node) parent.appendChild(child);
    else if (child !== null && child !== undefined && child !== false) parent.appendChild(document.createTextNode(String(child)));
  }
}

const PATHS: Record<string, string> = {
  find: "M10 4a6 6 0 1 1 0 12 6 6 0 0 1 0-12zm4.5 10.5L20 20",
  due: "M5 6h14v14H5zM5 10h14M9 3v5M15 3v5",
  weigh: "M4 20h16l-2-11H6zM12 9a3 3 0 1 1 0-6 3 3 0 0 1 0 6zM9 15h6",
  send: "M12 19V6M6 12l6-6 6 6M5 21h14",
  more: "M5 7h14M5 12h14M5 17h14",
  back: "M15 5l-7 7 7 7",
  birth: "M12 3v18M3 12h18",
  mating: "M12 20s-7-4.5-7-10a4 4 0 0 1 7-2.5A4 4 0 0 1 19 10c0 5.500-7 10-7 10z",
  scan: "M4 9V5h4M16 5h4v4M20 15v4h-4M8 19H4v-4M7 12h10",
  medicine: "M9 3h6v4H9zM7 7h10v14H7zM12 11v6M9 14h6",
  disease: "M12 4v10M12 18v1.500M4 20h16L12 3z",
  leave: "M10 5H5v14h5M13 8l4 4-4 4M17 12H9",
  note: "M5 4h14v16H5zM8 9h8M8 13h8M8 17h4",
  photo: "M4 8h4l2-3h4l2 3h4v11H4zM12 16a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  place: "M12 21s-6-6-6-11a6 6 0 0 1 12 0c0 5-6 11-6 11zM12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  group: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM16 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 19c0-4 3-6 6-6s6 2 6 6M14 13c4 0 8 2 8 6",
  foster: "M4 12h11M11 8l4 4-4 4M20 5v14",
  wean: "M8 3h8M9 3v4l-2 3v11h10V10l-2-3V3M7 14h10",
  heat: "M12 3c4 5 5 7 5 11a5 5 0 0 1-10 0c0-3 2-4 2-7 2 1 3 3 3 5",
  tag: "M4 4h8l8 8-8 8-8-8zM8 8h.01",
  check: "M5 12l5 5L20 6",
};

/** A small drawing; what it means stands beside it as text. */
export function icon(name: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  drawing.setAttribute("class", "icon");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", PATHS[name] ?? "");
  drawing.appendChild(path);
  return drawing;
}

/** Focus the first thing to do in a part of the page. */
export function focusFirst(part: ParentNode): void {
  part.querySelector<HTMLElement>("[data-first]")?.focus();
}
