// A photo of an animal: taken, made small, kept until it is sent.

import type { Context } from "../context.ts";
import { h } from "../dom.ts";
import { keepPicture, small } from "../pictures.ts";
import { t } from "../text.ts";

export async function photo(context: Context, id: string): Promise<HTMLElement> {
  const animal = context.flock.get(id);
  if (!animal) return h("p", { class: "none" }, t("animal.unknown_text"));
  const file = h("input", { type: "file", accept: "image/*", capture: "environment", id: "picture" });
  const caption = h("input", { type: "text", id: "caption", maxlength: 200, autocomplete: "off" });
  const problems = h("div", { class: "problems", role: "alert" });
  const preview = h("div", { class: "pictures" });
  let picture: Blob | undefined;
  file.addEventListener("change", () => void take());
  const take = async (): Promise<void> => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    try {
      picture = await small(chosen);
      preview.replaceChildren(h("img", { src: URL.createObjectURL(picture), alt: t("do.photo") }));
      problems.replaceChildren();
    } catch {
      problems.replaceChildren(h("p", {}, t("photo.unreadable")));
    }
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!picture) return problems.replaceChildren(h("p", {}, t("photo.none")));
    const kept = picture;
    await context.onDisk(() => keepPicture(context.db, animal, kept, caption.value.trim()), kept);
    await context.count();
    context.syncing.soon();
    context.say(t("form.saved", { what: t("do.photo"), tag: animal.tag }));
    location.replace(`#/animal/${id}`);
  };
  return h("form", { class: "entry", onsubmit: (event: Event) => void submit(event) },
    h("h1", {}, t("do.photo"), h("small", {}, ` ${animal.tag}`)),
    h("label", { class: "button take", for: "picture" }, t("photo.take")), file, preview,
    h("div", { class: "field" }, h("label", { for: "caption" }, t("photo.caption")), caption), problems,
    h("div", { class: "foot" }, h("button", { type: "submit", class: "save" }, t("form.save"))));
}
