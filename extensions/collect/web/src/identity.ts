// Every way a tag is written or a reader sends it, to the forms by which animals are found. The hub
// reads identifiers with more care (agrigen.phenotypes); here it only has to find the same animal.

const SEPARATORS = /[\s_.:\-/]+/g;
const UK = "826";

/** Capitals without separators. */
export const plain = (text: string): string => text.toUpperCase().replace(SEPARATORS, "");

/** The 15 digits of a transponder, however a reader sends them; null if it is none. */
export function electronic(text: string): string | null {
  let code = plain(text);
  const hex = code.replace(/^0X/, "");
  if (/^[89A-F][0-9A-F]{15}$/.test(hex)) return fromBits(BigInt(`0x${hex}`));
  code = code.replace(/^(LA|A)(?=\d)/, "");
  if (!/^\d+$/.test(code)) return uk(code);
  if (code.length === 16 && code.startsWith("0")) return code.slice(1);
  if (code.length >= 20 && code.length <= 23) return code.slice(-15); // species and retagging before
  if (code.length >= 17 && code.length < 20) return fromBits(BigInt(code));
  if (code.length === 13 || code.length === 14) return code.padStart(15, "0");
  return code.length === 15 ? code : null;
}

function fromBits(bits: bigint): string {
  const number = bits & ((1n << 38n) - 1n);
  const code = (bits >> 38n) & 1023n;
  return `${String(code).padStart(3, "0")}${String(number).padStart(12, "0")}`;
}

/** The tag of a British sheep or goat says its transponder: UK 0 flock number. */
function uk(code: string): string | null {
  const digits = /^UK(\d{11,12})$/.exec(code)?.[1];
  return digits ? `${UK}${digits.padStart(12, "0")}` : null;
}

/** Forms under which a written identifier is found. */
export function forms(text: string): string[] {
  const code = electronic(text);
  return code ? [plain(text), code] : [plain(text)];
}

/** Whether this comes from a reader and not from a finger: a whole transponder. */
export const isScan = (text: string): boolean => electronic(text) !== null;

/** The tag after this one: its last digits counted up, as many as there were. */
export function nextTag(tag: string): string {
  const found = /^(.*?)(\d+)$/.exec(tag.trim());
  if (!found) return "";
  const [, before = "", digits = ""] = found;
  return before + String(BigInt(digits) + 1n).padStart(digits.length, "0");
}
