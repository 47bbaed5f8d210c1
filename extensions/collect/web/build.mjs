// Makes the phone page: `node build.mjs FOLDER` writes it there. Names carry a hash of the content,
// so browsers may keep files for ever; the service worker is told which ones there are.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2];
const files = join(target, "files");
mkdirSync(files, { recursive: true });

const hash = (content) => createHash("sha256").update(content).digest("hex").slice(0, 10);
const common = { bundle: true, minify: true, target: ["es2022"], write: false, legalComments: "none" };

/** Write a file under a name with its hash; returns the name. */
function keep(name, content) {
  const full = `${basename(name, extname(name))}-${hash(content)}${extname(name)}`;
  writeFileSync(join(files, full), content);
  return full;
}

async function bundled(entry, define = {}) {
  const made = await build({ ...common, entryPoints: [join(here, entry)], format: "esm", define });
  return made.outputFiles[0].contents;
}

const languages = {};
for (const file of readdirSync(join(here, "locales")).sort()) {
  const texts = JSON.stringify(JSON.parse(readFileSync(join(here, "locales", file), "utf8")));
  languages[basename(file, ".json")] = keep(file, texts);
}
const style = keep("style.css", await bundled("src/style.css"));
const icons = {};
for (const file of readdirSync(join(here, "icons"))) {
  icons[file] = keep(file, readFileSync(join(here, "icons", file)));
}
const manifest = JSON.parse(readFileSync(join(here, "manifest.json"), "utf8"));
for (const icon of manifest.icons) icon.src = `files/${icons[icon.src]}`;
writeFileSync(join(target, "manifest.webmanifest"), JSON.stringify(manifest));

const script = keep("app.js", await bundled("src/app.ts", { LANGUAGES: JSON.stringify(languages) }));
let page = readFileSync(join(here, "index.html"), "utf8");
for (const [name, made] of Object.entries({
  "app.js": script, "style.css": style, "icon.svg": icons["icon.svg"], "icon-192.png": icons["icon-192.png"],
})) {
  page = page.replaceAll(`files/${name}`, `files/${made}`);
}
writeFileSync(join(target, "index.html"), page);

const precached = readdirSync(files).map((name) => ({ url: `files/${name}`, revision: null }));
precached.push({ url: "shell", revision: hash(page) });
precached.push({ url: "manifest.webmanifest", revision: hash(JSON.stringify(manifest)) });
const worker = await bundled("src/worker.ts", { PRECACHED: JSON.stringify(precached) });
writeFileSync(join(target, "sw.js"), worker);
