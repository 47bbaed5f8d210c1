// Photos: made small on the phone, kept by their content, sent by a queue of their own.

import { today } from "./days.ts";
import { Refused, needsSignIn } from "./engine.ts";
import type { Hub } from "./hub.ts";
import type { Database, Picture } from "./store.ts";

const LONGEST_SIDE = 1600;
const QUALITY = 0.85;

/** A camera's picture with at most 1,600 pixels, as JPEG. */
export async function small(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve, reject) => {
    canvas.toBlob((made) => (made ? resolve(made) : reject(new Error("no picture"))), "image/jpeg", QUALITY);
  });
}

export async function fingerprint(bytes: ArrayBuffer): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Keep a picture on the phone until it is sent; the same one twice is one. */
export async function keepPicture(
  db: Database, animal: { id: string; farm_id: string }, picture: Blob, caption: string,
): Promise<Picture> {
  const bytes = await picture.arrayBuffer();
  const sha256 = await fingerprint(bytes);
  const kept: Picture = {
    key: `${animal.id}-${sha256.slice(0, 16)}`, sha256, farm_id: animal.farm_id, animal_id: animal.id, bytes,
    media_type: picture.type, taken_on: today(), caption, state: "pending", reason: "",
  };
  await db.put("pictures", kept);
  return kept;
}

/** Send what is waiting; one that is refused is kept with the reason. */
export async function sendPictures(db: Database, hub: Hub): Promise<void> {
  for (const picture of await db.getAll("pictures")) {
    if (picture.state !== "pending") continue;
    const query = new URLSearchParams({ taken_on: picture.taken_on, caption: picture.caption });
    const bytes = new Blob([picture.bytes], { type: picture.media_type });
    try {
      await hub.request("POST", `/animals/${picture.animal_id}/photos?${query}`, bytes, `photo-${picture.key}`);
      await db.delete("pictures", picture.key);
    } catch (error) {
      if (!(error instanceof Refused) || needsSignIn(error) || error.status >= 500) throw error;
      await db.put("pictures", { ...picture, state: "refused", reason: error.message });
    }
  }
}
